// tries: to start processes without end
// expect: failure
#include <unistd.h>
int main(void) { for (;;) fork(); }
