#include "hdf5.h"

#include "caller.h"
#include "report.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const function_names[HDF5_FUNCTIONS] = {
	[HDF5_FOPEN] = "H5Fopen",
	[HDF5_FCREATE] = "H5Fcreate",
	[HDF5_FCLOSE] = "H5Fclose",
	[HDF5_FOPEN_ASYNC] = "H5Fopen_async",
	[HDF5_FCREATE_ASYNC] = "H5Fcreate_async",
	[HDF5_FCLOSE_ASYNC] = "H5Fclose_async",
	[HDF5_FDELETE] = "H5Fdelete",
	[HDF5_FSTART_SWMR_WRITE] = "H5Fstart_swmr_write",
	[HDF5_FIS_HDF5] = "H5Fis_hdf5",
	[HDF5_FIS_ACCESSIBLE] = "H5Fis_accessible",
	[HDF5_DREAD] = "H5Dread",
	[HDF5_DREAD_MULTI] = "H5Dread_multi",
	[HDF5_DREAD_ASYNC] = "H5Dread_async",
	[HDF5_DREAD_MULTI_ASYNC] = "H5Dread_multi_async",
	[HDF5_DWRITE] = "H5Dwrite",
	[HDF5_DWRITE_MULTI] = "H5Dwrite_multi",
	[HDF5_DWRITE_ASYNC] = "H5Dwrite_async",
	[HDF5_DWRITE_MULTI_ASYNC] = "H5Dwrite_multi_async",
	[HDF5_DGET_SPACE] = "H5Dget_space",
	[HDF5_DGET_SPACE_ASYNC] = "H5Dget_space_async",
	[HDF5_DVLEN_GET_BUF_SIZE] = "H5Dvlen_get_buf_size",
	[HDF5_OEXISTS_BY_NAME] = "H5Oexists_by_name",
	[HDF5_OCOPY] = "H5Ocopy",
	[HDF5_OCOPY_ASYNC] = "H5Ocopy_async",
	[HDF5_EWALK2] = "H5Ewalk2",
};

#define ENTRY(symbol, member)                         \
	{                                             \
		symbol, offsetof(struct hdf5, member) \
	}
static const struct {
	const char *symbol;
	size_t offset;
} table[] = {
	ENTRY("H5Fopen", Fopen),
	ENTRY("H5Fcreate", Fcreate),
	ENTRY("H5Fclose", Fclose),
	ENTRY("H5Fopen_async", Fopen_async),
	ENTRY("H5Fcreate_async", Fcreate_async),
	ENTRY("H5Fclose_async", Fclose_async),
	ENTRY("H5Fdelete", Fdelete),
	ENTRY("H5Fstart_swmr_write", Fstart_swmr_write),
	ENTRY("H5Fget_vfd_handle", Fget_vfd_handle),
	ENTRY("H5FDopen", FDopen),
	ENTRY("H5Fis_hdf5", Fis_hdf5),
	ENTRY("H5Fis_accessible", Fis_accessible),
	ENTRY("H5Dread", Dread),
	ENTRY("H5Dread_multi", Dread_multi),
	ENTRY("H5Dread_async", Dread_async),
	ENTRY("H5Dread_multi_async", Dread_multi_async),
	ENTRY("H5Dwrite", Dwrite),
	ENTRY("H5Dwrite_multi", Dwrite_multi),
	ENTRY("H5Dwrite_async", Dwrite_async),
	ENTRY("H5Dwrite_multi_async", Dwrite_multi_async),
	ENTRY("H5Dget_space", Dget_space),
	ENTRY("H5Dget_space_async", Dget_space_async),
	ENTRY("H5Dvlen_get_buf_size", Dvlen_get_buf_size),
	ENTRY("H5Oexists_by_name", Oexists_by_name),
	ENTRY("H5Ocopy", Ocopy),
	ENTRY("H5Ocopy_async", Ocopy_async),
	ENTRY("H5open", open),
	ENTRY("H5get_libversion", get_libversion),
	ENTRY("H5Iis_valid", Iis_valid),
	ENTRY("H5Pget_driver", Pget_driver),
	ENTRY("H5Pcopy", Pcopy),
	ENTRY("H5Pclose", Pclose),
	ENTRY("H5Pset_fapl_sec2", Pset_fapl_sec2),
	ENTRY("H5Pget_fapl_core", Pget_fapl_core),
	ENTRY("H5Pget_vol_cap_flags", Pget_vol_cap_flags),
	ENTRY("H5P_LST_FILE_ACCESS_ID_g", P_LST_FILE_ACCESS),
	ENTRY("H5FD_sec2_init", FD_sec2_init),
	ENTRY("H5FD_SEC2_id_g", FD_SEC2),
	ENTRY("H5Eauto_is_v2", Eauto_is_v2),
	ENTRY("H5Eget_auto1", Eget_auto1),
	ENTRY("H5Eset_auto1", Eset_auto1),
	ENTRY("H5Eget_auto2", Eget_auto2),
	ENTRY("H5Eset_auto2", Eset_auto2),
	ENTRY("H5Eclear2", Eclear2),
	ENTRY("H5Ecreate_stack", Ecreate_stack),
	ENTRY("H5Eget_current_stack", Eget_current_stack),
	ENTRY("H5Eset_current_stack", Eset_current_stack),
	ENTRY("H5Ewalk2", Ewalk2),
	ENTRY("H5Epush2", Epush2),
};

static struct hdf5 *load(void *module, const void *base, const char *path)
{
	struct hdf5 *h5 = calloc(1, sizeof(*h5));
	unsigned int major, minor, release;

	if (!h5)
		return NULL;
	h5->base = base;
	h5->path = strdup(path);
	if (!h5->path) {
		free(h5);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		void *address = dlsym(module, table[i].symbol);

		memcpy((char *)h5 + table[i].offset, &address, sizeof(address));
	}
	if (h5->get_libversion && h5->get_libversion(&major, &minor, &release) >= 0)
		h5->version = major * 10000 + minor * 100 + release;
	return h5;
}

/* Every libhdf5 seen so far.  One that was unloaded stays in the list: loaded again at the same
 * place from the same file, it is the same. */
struct known {
	struct hdf5 *h5;
	const void *Fopen;
	struct known *next;
};

static const struct hdf5 *of_function(const void *function)
{
	static struct known *_Atomic all;
	struct known *k;
	const void *base;
	Dl_info info;
	void *module = caller_module(function, &base);

	if (!module || !dladdr(function, &info))
		return NULL;
	for (k = all; k; k = k->next)
		if (k->h5->base == base && k->Fopen == dlsym(module, "H5Fopen") &&
		    strcmp(k->h5->path, info.dli_fname) == 0)
			break;
	if (!k && (k = calloc(1, sizeof(*k)))) {
		/* Two threads may both come here: two descriptions of one library do no harm. */
		k->h5 = load(module, base, info.dli_fname);
		k->Fopen = dlsym(module, "H5Fopen");
		k->next = all;
		while (k->h5 && !atomic_compare_exchange_weak(&all, &k->next, k))
			;
	}
	dlclose(module);
	return k ? k->h5 : NULL;
}

const struct hdf5 *hdf5_of_caller(enum hdf5_function function, const void *hook, const void *caller)
{
	/* A program has few places that open files.  Failures are not remembered: the library that
	 * was missing may be loaded next. */
	static _Thread_local struct {
		const void *caller;
		unsigned long long generation;
		const struct hdf5 *h5;
	} last[HDF5_FUNCTIONS];
	unsigned long long generation = caller_generation();
	const char *name = function_names[function];
	void *found;

	if (last[function].h5 && last[function].caller == caller &&
	    last[function].generation == generation)
		return last[function].h5;
	found = caller_function(name, hook, caller);
	last[function].h5 = found ? of_function(found) : NULL;
	last[function].caller = caller;
	last[function].generation = generation;
	if (!last[function].h5) {
		report(REPORT_PROBLEM,
		       "%s was called, but which HDF5 library was meant can't be told: none is "
		       "loaded, "
		       "or several are and the call came from outside of all their users; "
		       "the call fails",
		       name);
		errno = ENOSYS;
	}
	return last[function].h5;
}

const char *hdf5_function_name(enum hdf5_function function)
{
	return function_names[function];
}

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

void *hdf5_symbol(const struct hdf5 *h5, const char *name)
{
	const void *base;
	void *module = caller_module((const void *)h5->Fopen, &base);
	void *found = module ? dlsym(module, name) : NULL;

	if (module)
		dlclose(module);
	return found;
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
	init = (h5_id(*)(void))hdf5_symbol(h5, symbol);
	if (init)
		return hdf5_widen(h5, init());
	for (i = 0; name[i]; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	upper[i] = 0;
	snprintf(symbol, sizeof(symbol), "H5FD_%s_id_g", upper);
	return hdf5_id(h5, symbol, hdf5_symbol(h5, symbol));
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
	return hdf5_id(h5, name, hdf5_symbol(h5, name));
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
