// tries: to kill whatever it can, the process that runs it included
// expect: failure
#include <signal.h>
#include <sys/types.h>
int kill(pid_t, int);
int main(void) { kill(-1, 9); return 0; }
