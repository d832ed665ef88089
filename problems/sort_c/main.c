#include <stdio.h>
#include <stdlib.h>

#define LIMIT 1000000

static int values[LIMIT];

/* EVOLVE-BLOCK-START */
static int ascending(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void sort(int *items, size_t count)
{
    qsort(items, count, sizeof *items, ascending);
}

static size_t read_all(int *items)
{
    size_t count = 0;
    while (count < LIMIT && scanf("%d", &items[count]) == 1)
        count++;
    return count;
}

static void write_all(const int *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%d\n", items[i]);
}
/* EVOLVE-BLOCK-END */

int main(void)
{
    size_t count = read_all(values);
    sort(values, count);
    write_all(values, count);
    return 0;
}
