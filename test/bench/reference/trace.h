#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>
#include <stdint.h>

/* Accesses in their order, each as address << 2 | enum access. */
struct trace {
    uint64_t *accesses;
    size_t count, room;
};

/* Reads a whole binary trace (docs/traces.md). Exits with a message if it cannot. */
struct trace read_trace(const char *path);

#endif
