// tries: to compile a file of the host into its output
// expect: failure
#include "/etc/passwd"
int main(void) { return 0; }
