#ifndef LANTERN_H
#define LANTERN_H

/* Writes `count` lights into `row`, which has room for `size` characters; returns how many it wrote. */
int lantern_row(int count, char *row, int size);

/* The version of the library. */
const char *lantern_version(void);

#endif
