#include <lantern.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char row[80];

    lantern_row(argc > 1 ? atoi(argv[1]) : 5, row, sizeof row);
    puts(row);
    return 0;
}
