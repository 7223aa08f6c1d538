/* SPDX-License-Identifier: BSD-3-Clause */
#include "system/names.h"

#include "system/next.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static int none(void)
{
	errno = ENOSYS;
	return -1;
}

/* If no object has the symbol, what stands in for it is kept. */
#define NEXT(result, name, symbol, parameters, arguments, otherwise)                     \
	result(*_Atomic names_##name) parameters;                                        \
	static result instead_of_##name parameters                                       \
	{                                                                                \
		return otherwise;                                                        \
	}                                                                                \
	result names_find_##name parameters                                              \
	{                                                                                \
		result(*found) parameters = (result(*) parameters)next_function(symbol); \
                                                                                         \
		if (!found)                                                              \
			found = instead_of_##name;                                       \
		atomic_store_explicit(&names_##name, found, memory_order_relaxed);       \
		return found arguments;                                                  \
	}
#include "system/names.def"

/* Of a variable number of arguments, which some processors' calls differ for. */
typedef int at_folder(int folder, const char *path, int flags, ...);

static int instead(int folder, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return (int)syscall(SYS_openat, folder, path, flags, mode);
}

static at_folder *find(const char *symbol, at_folder *_Atomic *kept)
{
	at_folder *found = atomic_load_explicit(kept, memory_order_relaxed);

	if (found)
		return found;
	found = (at_folder *)next_function(symbol);
	if (!found)
		found = instead;
	atomic_store_explicit(kept, found, memory_order_relaxed);
	return found;
}

int libc_openat(int folder, const char *path, int flags, mode_t mode)
{
	static at_folder *_Atomic kept;

	return find("openat", &kept)(folder, path, flags, mode);
}

int libc_openat64(int folder, const char *path, int flags, mode_t mode)
{
	static at_folder *_Atomic kept;

	return find("openat64", &kept)(folder, path, flags, mode);
}

bool libc_born(int fd, int64_t *born)
{
	int saved_errno = errno;
	struct statx st;
	bool known = libc_statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) == 0 &&
		     (st.stx_mask & STATX_BTIME);

	errno = saved_errno;
	if (known)
		*born = nanoseconds(st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	return known;
}
