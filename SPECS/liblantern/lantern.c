#include "lantern.h"

#define LIGHT '*'

int lantern_row(int count, char *row, int size)
{
    int written = 0;

    while (written < count && written < size - 1)
        row[written++] = LIGHT;
    if (size > 0)
        row[written] = '\0';
    return written;
}

const char *lantern_version(void)
{
    return VERSION;
}
