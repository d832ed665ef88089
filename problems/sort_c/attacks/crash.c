// tries: to crash
// expect: invalid
#include <stdlib.h>
int main(void) { abort(); }
