#include <dlfcn.h>
#include <lantern.h>
#include <stdio.h>

int main(void)
{
    void *library = dlopen("liblantern.so.1", RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }

    __typeof__(&lantern_version) version = (__typeof__(&lantern_version))dlsym(library, "lantern_version");
    if (!version) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    printf("liblantern %s\n", version());
    return 0;
}
