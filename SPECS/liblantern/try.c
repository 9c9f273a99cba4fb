#include "lantern.h"
#include <string.h>

int main(void)
{
    char row[8];

    if (lantern_row(3, row, sizeof row) != 3 || strlen(row) != 3)
        return 1;
    /* a row that does not fit is cut, never overrun */
    if (lantern_row(100, row, sizeof row) != 7 || strlen(row) != 7)
        return 2;
    return lantern_row(-1, row, sizeof row) != 0 || row[0] != '\0';
}
