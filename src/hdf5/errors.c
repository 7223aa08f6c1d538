/* SPDX-License-Identifier: BSD-3-Clause */
#include "hdf5/errors.h"

#include "hdf5/copies.h"
#include "hdf5/versions.h"
#include "report/report.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* HDF5's own function that this thread has set last: h5py does so with each file. */
static _Thread_local struct {
	const struct hdf5 *h5;
	const void *print;
} own;

/* To ask HDF5 in each call would cost as much as all else that we do in it. */
static _Atomic bool program_prints;

void errors_printed_by(const struct hdf5 *h5, const void *print)
{
	int saved_errno = errno;
	Dl_info info;

	if (!print || program_prints || (own.h5 == h5 && own.print == print))
		return;
	/* HDF5's own is there from the start, and is set again by whoever has switched it off. */
	if (dladdr(print, &info) && info.dli_fbase == h5->base) {
		own.h5 = h5;
		own.print = print;
	} else {
		program_prints = true;
	}
	errno = saved_errno;
}

bool errors_program_prints(void)
{
	return program_prints;
}

void errors_printing_off(const struct hdf5 *h5, struct errors_printing *p)
{
	unsigned int is_v2 = 1;

	if (p->off || !h5->Eget_auto2 || !h5->Eset_auto2)
		return;
	/* Asked for through the wrong one of the two interfaces, HDF5 fails, and prints that. */
	if (h5->Eauto_is_v2)
		h5->Eauto_is_v2(H5_DEFAULT, &is_v2);
	p->v1 = !is_v2 && h5->Eget_auto1 && h5->Eset_auto1;
	p->off = p->v1 ? h5->Eget_auto1(&p->print1, &p->data) >= 0
		       : h5->Eget_auto2(H5_DEFAULT, &p->print2, &p->data) >= 0;
	if (p->off)
		h5->Eset_auto2(H5_DEFAULT, NULL, NULL);
}

void errors_printing_on(const struct hdf5 *h5, struct errors_printing *p)
{
	if (!p->off)
		return;
	if (p->v1)
		h5->Eset_auto1(p->print1, p->data);
	else
		h5->Eset_auto2(H5_DEFAULT, p->print2, p->data);
	p->off = false;
}

void errors_print_failure(const struct hdf5 *h5, struct errors_printing *p)
{
	int saved_errno = errno;
	h5_id stack = -1;

	if (!p->off)
		return;
	if (h5->Eget_current_stack && h5->Eset_current_stack)
		stack = hdf5_widen(h5, h5->Eget_current_stack());
	errors_printing_on(h5, p);
	if (stack > 0)
		h5->Eset_current_stack(stack);
	errno = saved_errno;
	errors_print(p);
}

void errors_on_failure(const struct hdf5 *h5, struct errors_printing *p,
		       int (*callback)(h5_id stack, void *data))
{
	struct errors_printing now = { .off = false };

	errors_printing_off(h5, &now);
	if (!now.off)
		return;
	/* The program may have kept CALLBACK and set it again. */
	if (now.v1 || now.print2 != callback)
		*p = now;
	p->off = true;
	h5->Eset_auto2(H5_DEFAULT, callback, NULL);
}

void errors_on_failure_end(const struct hdf5 *h5, struct errors_printing *p,
			   int (*callback)(h5_id stack, void *data))
{
	struct errors_printing now = { .off = false };

	errors_printing_off(h5, &now);
	if (now.off && (now.v1 || now.print2 != callback))
		*p = now;
	errors_printing_on(h5, p);
}

int errors_print(const struct errors_printing *p)
{
	if (p->v1)
		return p->print1 ? p->print1(p->data) : 0;
	return p->print2 ? p->print2(H5_DEFAULT, p->data) : 0;
}

/* The beginning of H5E_error2_t. */
struct entry {
	int64_t class, major, minor;
	unsigned int line;
	const char *function;
};
struct narrow_entry {
	int32_t class, major, minor;
	unsigned int line;
	const char *function;
};

struct search {
	const char *name;
	bool narrow, found;
};

static int visit(unsigned int n, const void *entry, void *data)
{
	struct search *s = data;
	const char *function = s->narrow ? ((const struct narrow_entry *)entry)->function
					 : ((const struct entry *)entry)->function;

	(void)n;
	s->found |= function && strstr(function, s->name);
	return 0;
}

bool errors_failed_in(const struct hdf5 *h5, const char *name)
{
	struct search s = { name, hdf5_narrow_ids(h5), false };

	if (h5->Ewalk2)
		h5->Ewalk2(H5_DEFAULT, 0, visit, &s);
	return s.found;
}

static h5_id error_id(const struct hdf5 *h5, const char *name)
{
	return hdf5_id(h5, name, copies_symbol(h5, name));
}

static bool can_push(const struct hdf5 *h5)
{
	return h5->Epush2 && error_id(h5, "H5E_ERR_CLS_g") >= 0;
}

static const char *or_no_memory(const char *sentence)
{
	return sentence ? sentence : "no memory to say why the file can't be opened";
}

static void push(const struct hdf5 *h5, h5_id stack, const char *function, const char *text)
{
	h5->Epush2(stack, "liblockedh5", function, 0, error_id(h5, "H5E_ERR_CLS_g"),
		   error_id(h5, "H5E_FILE_g"), error_id(h5, "H5E_CANTOPENFILE_g"), "%s", text);
}

/* Around each driver's open(), 2.2 keeps what prints the errors (H5E_user_cb_restore()), so that
 * errors_on_failure() would be undone; but between the paths at which it looks for a file, it
 * clears nothing any more.  It pauses the stack there, and what is pushed then is lost
 * (H5FD_open()). */
bool errors_fail_within(const struct hdf5 *h5, const char *function, const char *sentence)
{
	h5_id stack = -1;

	if (h5->version >= 20000 && can_push(h5) && h5->Ecreate_stack && h5->Eset_current_stack)
		stack = h5->Ecreate_stack();
	if (stack < 0)
		return false;
	push(h5, stack, function, or_no_memory(sentence));
	return h5->Eset_current_stack(stack) >= 0;
}

void errors_set_failure(const struct hdf5 *h5, const char *function, const char *what,
			const char *sentence)
{
	if (h5->Eclear2)
		h5->Eclear2(H5_DEFAULT);
	/* Two entries, because h5py quotes the first in lower case and the last as it is. */
	push(h5, H5_DEFAULT, "lock", or_no_memory(sentence));
	push(h5, H5_DEFAULT, function, what);
}

void errors_fail(const struct hdf5 *h5, const char *function, const char *what, char *sentence)
{
	struct errors_printing printing = { .off = false };

	if (!can_push(h5)) {
		report(REPORT_PROBLEM, "%s: %s", function, or_no_memory(sentence));
		free(sentence);
		return;
	}
	/* H5Eget_auto2() clears the stack, so everything that asks comes before the push. */
	errors_printing_off(h5, &printing);
	errors_printing_on(h5, &printing);
	errors_set_failure(h5, function, what, sentence);
	free(sentence);
	errors_print(&printing);
}
