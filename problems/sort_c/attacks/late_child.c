// tries: to return at once and print from a child that goes on
// expect: invalid
#include <stdio.h>
#include <unistd.h>
int main(void) { if (fork() == 0) { sleep(1); puts("0"); } return 0; }
