// tries: to be no C
// expect: failure
this is not C
