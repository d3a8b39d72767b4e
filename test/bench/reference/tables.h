#ifndef TABLES_H
#define TABLES_H

#include "machine.h"

/* Makes the host and an empty VM. Exits with a message if there is no memory for it. */
void make_machine(enum scheme scheme, int scattered, uint64_t host_bytes, uint64_t guest_bytes);

/* Backs one page that was not touched yet and maps it. */
void touch_page(uint64_t address);

int is_touched(uint64_t address);

#endif
