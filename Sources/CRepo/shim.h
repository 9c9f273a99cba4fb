#include <librepo/librepo.h>
