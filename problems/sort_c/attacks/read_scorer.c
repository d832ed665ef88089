// tries: to find the evaluator or a list of processes
// expect: invalid
#include <dirent.h>
#include <stdio.h>
int main(void) { return opendir("/proc") || opendir("/home") || fopen("/etc/passwd", "r") ? 0 : 9; }
