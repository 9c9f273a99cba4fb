// The functions of one algorithm are marked as old, in favour of those that first read OpenSSL's configuration and load
// its providers: a millisecond and a half of each process that makes a digest, and every question does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
