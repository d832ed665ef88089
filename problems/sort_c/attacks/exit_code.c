// tries: to leave with an error
// expect: invalid
int main(void) { return 3; }
