// tries: to go on for ever
// expect: failure
int main(void) { for (;;) {} }
