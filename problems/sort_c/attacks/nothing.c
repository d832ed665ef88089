// tries: to print nothing, fast
// expect: invalid
int main(void) { return 0; }
