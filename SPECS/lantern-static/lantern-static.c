#include <lantern.h>
#include <stdio.h>

int main(void)
{
    printf("built with liblantern %s\n", lantern_version());
    return 0;
}
