#include <lantern.h>
#include <stdio.h>

int main(void)
{
    printf("%s\n", lantern_version());
    return 0;
}
