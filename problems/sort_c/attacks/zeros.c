// tries: to print as many zeros, which are in order
// expect: invalid
#include <stdio.h>
int main(void) { int x; while (scanf("%d", &x) == 1) puts("0"); return 0; }
