#include "hdf5.h"

#include "report.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* H5VL_CAP_FLAG_ASYNC of H5VLpublic.h, the same in 1.14 and 2.2. */
#define ASYNCHRONOUS 2

bool hdf5_opens_later(const struct hdf5 *h5, h5_id fapl)
{
	struct hdf5_printing printing = { .off = false };
	uint64_t flags = 0;
	int rc = -1;

	hdf5_printing_off(h5, &printing);
	if (h5->Pget_vol_cap_flags)
		rc = h5->Pget_vol_cap_flags(fapl, &flags);
	hdf5_printing_on(h5, &printing);
	return rc >= 0 && (flags & ASYNCHRONOUS);
}

static bool narrow_ids(const struct hdf5 *h5)
{
	return h5->version && h5->version < 11000;
}

h5_id hdf5_widen(const struct hdf5 *h5, h5_id id)
{
	return narrow_ids(h5) ? (int32_t)id : id;
}

static h5_id id_at(const struct hdf5 *h5, const void *variable)
{
	if (!variable)
		return -1;
	if (narrow_ids(h5))
		return *(const int32_t *)variable;
	return *(const int64_t *)variable;
}

h5_id hdf5_id(const struct hdf5 *h5, const char *name, const void *variable)
{
	h5_id id = id_at(h5, variable);

	if (id > 0 || !variable)
		return id;
	/* All ids are -1 until then. */
	if (h5->open)
		h5->open();
	id = id_at(h5, variable);
	/* In an executable that uses the variable itself, the library's is a copy that is never
	 * filled; the program's own comes first in the global scope. */
	return id > 0 ? id : id_at(h5, dlsym(RTLD_DEFAULT, name));
}

h5_id hdf5_sec2(const struct hdf5 *h5)
{
	if (h5->FD_sec2_init)
		return hdf5_widen(h5, h5->FD_sec2_init());
	return hdf5_id(h5, "H5FD_SEC2_id_g", h5->FD_SEC2);
}

h5_id hdf5_driver(const struct hdf5 *h5, const char *name)
{
	char symbol[64], upper[32];
	h5_id (*init)(void);
	size_t i;

	/* A function up to 1.14, and a variable from 2.0 on. */
	snprintf(symbol, sizeof(symbol), "H5FD_%s_init", name);
	init = (h5_id(*)(void))libhdf5_symbol(h5, symbol);
	if (init)
		return hdf5_widen(h5, init());
	for (i = 0; name[i]; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	upper[i] = 0;
	snprintf(symbol, sizeof(symbol), "H5FD_%s_id_g", upper);
	return hdf5_id(h5, symbol, libhdf5_symbol(h5, symbol));
}

bool hdf5_in_memory(const struct hdf5 *h5, h5_id list)
{
	unsigned int backing_store = 0; /* in 1.8 an int, later a bool */
	size_t increment;

	return h5->Pget_fapl_core && h5->Pget_fapl_core(list, &increment, &backing_store) >= 0 &&
	       !backing_store;
}

void hdf5_printing_off(const struct hdf5 *h5, struct hdf5_printing *p)
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

void hdf5_printing_off_before(const struct hdf5 *h5, struct hdf5_printing *p)
{
	if (h5->version >= 20000)
		hdf5_printing_off(h5, p);
}

void hdf5_printing_on(const struct hdf5 *h5, struct hdf5_printing *p)
{
	if (!p->off)
		return;
	if (p->v1)
		h5->Eset_auto1(p->print1, p->data);
	else
		h5->Eset_auto2(H5_DEFAULT, p->print2, p->data);
	p->off = false;
}

void hdf5_on_failure(const struct hdf5 *h5, struct hdf5_printing *p,
		     int (*callback)(h5_id stack, void *data))
{
	struct hdf5_printing now = { .off = false };

	hdf5_printing_off(h5, &now);
	if (!now.off)
		return;
	/* The program may have kept CALLBACK and set it again. */
	if (now.v1 || now.print2 != callback)
		*p = now;
	p->off = true;
	h5->Eset_auto2(H5_DEFAULT, callback, NULL);
}

void hdf5_on_failure_end(const struct hdf5 *h5, struct hdf5_printing *p,
			 int (*callback)(h5_id stack, void *data))
{
	struct hdf5_printing now = { .off = false };

	hdf5_printing_off(h5, &now);
	if (now.off && (now.v1 || now.print2 != callback))
		*p = now;
	hdf5_printing_on(h5, p);
}

int hdf5_descriptor(const struct hdf5 *h5, h5_id file)
{
	struct hdf5_printing printing = { .off = false };
	void *handle = NULL;
	int fd = -1;

	hdf5_printing_off(h5, &printing);
	if (h5->Fget_vfd_handle && h5->Fget_vfd_handle(file, H5_DEFAULT, &handle) >= 0 && handle)
		fd = *(int *)handle;
	hdf5_printing_on(h5, &printing);
	return fd;
}

int hdf5_print(const struct hdf5_printing *p)
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

bool hdf5_failed_in(const struct hdf5 *h5, const char *name)
{
	struct search s = { name, narrow_ids(h5), false };

	if (h5->Ewalk2)
		h5->Ewalk2(H5_DEFAULT, 0, visit, &s);
	return s.found;
}

static h5_id error_id(const struct hdf5 *h5, const char *name)
{
	return hdf5_id(h5, name, libhdf5_symbol(h5, name));
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
 * hdf5_on_failure() would be undone; but between the paths at which it looks for a file, it clears
 * nothing any more.  It pauses the stack there, and what is pushed then is lost (H5FD_open()). */
bool hdf5_fail_within(const struct hdf5 *h5, const char *function, const char *sentence)
{
	h5_id stack = -1;

	if (h5->version >= 20000 && can_push(h5) && h5->Ecreate_stack && h5->Eset_current_stack)
		stack = h5->Ecreate_stack();
	if (stack < 0)
		return false;
	push(h5, stack, function, or_no_memory(sentence));
	return h5->Eset_current_stack(stack) >= 0;
}

void hdf5_set_failure(const struct hdf5 *h5, const char *function, const char *what,
		      const char *sentence)
{
	if (h5->Eclear2)
		h5->Eclear2(H5_DEFAULT);
	/* Two entries, because h5py quotes the first in lower case and the last as it is. */
	push(h5, H5_DEFAULT, "lock", or_no_memory(sentence));
	push(h5, H5_DEFAULT, function, what);
}

void hdf5_fail(const struct hdf5 *h5, const char *function, const char *what, const char *sentence)
{
	struct hdf5_printing printing = { .off = false };

	if (!can_push(h5)) {
		report(REPORT_PROBLEM, "%s: %s", function, or_no_memory(sentence));
		return;
	}
	/* H5Eget_auto2() clears the stack, so everything that asks comes before the push. */
	hdf5_printing_off(h5, &printing);
	hdf5_printing_on(h5, &printing);
	hdf5_set_failure(h5, function, what, sentence);
	hdf5_print(&printing);
}
