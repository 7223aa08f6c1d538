/* SPDX-License-Identifier: BSD-3-Clause */
/* A program whose callbacks leave HDF5 by a jump: by longjmp() when this is C, by an exception when
 * it is C++.
 *
 * jump WAY WHERE: does that in the call WHERE, and then looks at all that the call may have left
 * behind, with (WAY "overwritten") or without ("kept") using the stack meanwhile.  Prints what is
 * wrong; the exit status is 0 if nothing is, 77 if this HDF5 has no such call. */
#include <hdf5.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int jumps; /* whether the callbacks do */
static int called, wrong;

/* --- the two ways to leave ----------------------------------------------------------------- */

#ifdef __cplusplus
static void jump(void)
{
	called++;
	if (jumps)
		throw 1;
}
#define TRY(call)                         \
	try {                             \
		jumps = 1;                \
		call;                     \
		complain("no jump", "?"); \
	} catch (int) {                   \
	}                                 \
	jumps = 0
#else
static jmp_buf back;

static void jump(void)
{
	called++;
	if (jumps)
		longjmp(back, 1);
}
#define TRY(call)                         \
	jumps = 1;                        \
	if (setjmp(back) == 0) {          \
		call;                     \
		complain("no jump", "?"); \
	}                                 \
	jumps = 0
#endif

static void complain(const char *what, const char *how)
{
	printf("%s: %s\n", what, how);
	wrong = 1;
}

static void expect(int right, const char *what)
{
	if (!right)
		complain(what, "wrong");
}

/* --- the callbacks -----------------------------------------------------------------------------
 */

static herr_t on_error(hid_t stack, void *data)
{
	(void)stack;
	(void)data;
	jump();
	return 0;
}

static size_t filter(unsigned int flags, size_t n, const unsigned int *values, size_t bytes,
		     size_t *size, void **buffer)
{
	(void)n, (void)values, (void)size, (void)buffer;
	if (flags & H5Z_FLAG_REVERSE)
		jump();
	return bytes;
}

enum { FILTER = 300 };

static void register_filter(void)
{
	static H5Z_class2_t filter_class;

	filter_class.version = H5Z_CLASS_T_VERS;
	filter_class.id = FILTER;
	filter_class.encoder_present = filter_class.decoder_present = 1;
	filter_class.filter = filter;
	H5Zregister(&filter_class);
}

static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *data)
{
	(void)operation, (void)data;
	jump();
	return malloc(size);
}

/* --- what is there -------------------------------------------------------------------------- */

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* How many locks there are on the file, this process's or anybody's.  One read() gives a page of
 * the table as it is at one moment. */
static int locks(const char *name)
{
	char table[4096 * 16 + 1], inode[32];
	int fd = open("/proc/locks", O_RDONLY), n = 0;
	const char *at = table;
	size_t used = 0;
	struct stat st;
	ssize_t got;

	while ((got = read(fd, table + used, sizeof(table) - 1 - used)) > 0)
		used += (size_t)got;
	table[used] = 0;
	close(fd);
	if (stat(name, &st))
		return 0;
	snprintf(inode, sizeof(inode), ":%lu ", (unsigned long)st.st_ino);
	while ((at = strstr(at, inode))) {
		at++;
		n++;
	}
	return n;
}

/* Whether there are N.  While others lock many files, a line at the end of a page may be told twice
 * or left out. */
static int locked(const char *name, int n)
{
	for (int i = 0; i < 50; i++) {
		if (locks(name) == n)
			return 1;
		usleep(10000);
	}
	return 0;
}

/* How many timers this process has, as far as the kernel shows them. */
static int timers(void)
{
	FILE *list = fopen("/proc/self/timers", "r");
	char line[256];
	int n = 0;

	while (list && fgets(line, sizeof(line), list))
		n += !strncmp(line, "ID:", 3);
	if (list)
		fclose(list);
	return n;
}

static void make(const char *name, int filtered)
{
	static const int numbers[1000] = { 1 };
	hsize_t size = 1000;
	hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t space = H5Screate_simple(1, &size, NULL), list = H5Pcreate(H5P_DATASET_CREATE), set;

	H5Pset_chunk(list, 1, &size);
	if (filtered)
		H5Pset_filter(list, FILTER, 0, 0, NULL);
	set = H5Dcreate2(file, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
	H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
	H5Lcreate_external("target.h5", "/x", file, "link", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external("missing.h5", "/x", file, "nothing", H5P_DEFAULT, H5P_DEFAULT);
	H5Dclose(set);
	H5Pclose(list);
	H5Sclose(space);
	H5Fclose(file);
}

__attribute__((noinline)) static void overwrite_the_stack(void)
{
	volatile char bytes[32768];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0x41;
}

/* --- where it jumps -------------------------------------------------------------------------- */

static hid_t file = -1, data_set = -1;
static pid_t holder;

static void in_open(void)
{
	TRY(H5Fopen("missing.h5", H5F_ACC_RDONLY, H5P_DEFAULT));
}

/* HDF5 refuses these flags before it opens anything: what was locked for it is left over. */
static void in_bad_flags(void)
{
	TRY(H5Fopen("data.h5", H5F_ACC_RDWR | H5F_ACC_TRUNC, H5P_DEFAULT));
}

static void in_create(void)
{
	TRY(H5Fcreate("data.h5", H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT));
}

static void in_create_nowhere(void)
{
	TRY(H5Fcreate("nowhere/new.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
}

static void in_our_refusal(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_fapl_stdio(list);
	TRY(H5Fopen("data.h5", H5F_ACC_RDONLY, list));
}

/* The time for a notice comes; but the wait is no more, and these are the program's own calls. */
static void look_at_calls(void)
{
	static const struct timespec moment = { 0, 20000000 };
	int interrupted = 0;

	for (int i = 0; i < 50; i++)
		interrupted += nanosleep(&moment, NULL) != 0;
	expect(interrupted < 20, "the program's own system calls");
}

static void on_alarm(int sig)
{
	(void)sig;
	jump();
}

/* Somebody else has the file, and the program has its own limit for that.  (A signal handler of C++
 * can't leave so.) */
#ifndef __cplusplus
static void in_wait(void)
{
	struct sigaction action;
	int own[2];
	char one;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	action.sa_flags = SA_NODEFER;
	sigaction(SIGALRM, &action, NULL);
	if (pipe(own))
		exit(2);
	holder = fork();
	if (holder == 0) {
		flock(open("data.h5", O_RDONLY), LOCK_EX);
		close(own[1]);
		pause();
		_exit(0);
	}
	close(own[1]);
	while (read(own[0], &one, 1) > 0)
		;
	close(own[0]);
	alarm(1);
	TRY(H5Fopen("data.h5", H5F_ACC_RDONLY, H5P_DEFAULT));
	look_at_calls();
	kill(holder, SIGKILL);
	while (waitpid(holder, NULL, 0) < 0 && errno == EINTR)
		;
}
#else
#define in_wait NULL
#endif

static void in_is_hdf5(void)
{
	TRY(H5Fis_hdf5("missing.h5"));
}

/* HDF5's open() of a pipe waits for somebody who writes, and the program has its own limit. */
#ifndef __cplusplus
static void in_probe(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	action.sa_flags = SA_NODEFER;
	sigaction(SIGALRM, &action, NULL);
	mkfifo("pipe", 0666);
	alarm(1);
	TRY(H5Fis_hdf5("pipe"));
}
#else
#define in_probe NULL
#endif

/* The core driver calls the program's functions when it reads the file. */
static hid_t image_list(void)
{
	H5FD_file_image_callbacks_t callbacks = {
		image_malloc, NULL, NULL, NULL, NULL, NULL, NULL
	};
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_fapl_core(list, 65536, 0);
	H5Pset_file_image_callbacks(list, &callbacks);
	return list;
}

static void in_image(void)
{
	hid_t list = image_list();

	TRY(H5Fopen("data.h5", H5F_ACC_RDONLY, list));
}

static void in_unlocked(void)
{
	hid_t list = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_fapl_family(list, 1 << 20, image_list());
	link("data.h5", "data0.h5");
	TRY(H5Fopen("data%d.h5", H5F_ACC_RDONLY, list));
}

static void in_read(void)
{
	static int numbers[1000];

	TRY(H5Dread(data_set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers));
}

static void in_failed_read(void)
{
	TRY(H5Dread(data_set, -1, H5S_ALL, H5S_ALL, H5P_DEFAULT, NULL));
}

static void in_link(void)
{
	TRY(H5Dopen2(file, "nothing", H5P_DEFAULT));
}

static void in_exists(void)
{
	TRY(H5Oexists_by_name(-1, "x", H5P_DEFAULT));
}

#if H5_VERSION_GE(1, 10, 0)
static void in_start_swmr(void)
{
	TRY(H5Fstart_swmr_write(file));
}
#else
#define in_start_swmr NULL
#endif

#if H5_VERSION_GE(1, 12, 0)
static void in_delete(void)
{
	TRY(H5Fdelete("missing.h5", H5P_DEFAULT));
}

static void in_is_accessible(void)
{
	TRY(H5Fis_accessible("missing.h5", H5P_DEFAULT));
}
#else
#define in_delete	 NULL
#define in_is_accessible NULL
#endif

/* "inside" is where HDF5 itself calls the program: it keeps cancellation off after the jump. */
static const struct {
	const char *name;
	void (*leave)(void);
	int inside;
} places[] = {
	{ "open", in_open, 0 },
	{ "bad-flags", in_bad_flags, 0 },
	{ "create", in_create, 0 },
	{ "create-nowhere", in_create_nowhere, 0 },
	{ "our-refusal", in_our_refusal, 0 },
	{ "wait", in_wait, 0 },
	{ "is_hdf5", in_is_hdf5, 0 },
	{ "is_accessible", in_is_accessible, 0 },
	{ "delete", in_delete, 0 },
	{ "probe", in_probe, 1 },
	{ "image", in_image, 1 },
	{ "unlocked", in_unlocked, 1 },
	{ "read", in_read, 1 },
	{ "failed-read", in_failed_read, 1 },
	{ "link", in_link, 1 },
	{ "exists", in_exists, 1 },
	{ "start_swmr", in_start_swmr, 0 },
};

/* --- what it has left ------------------------------------------------------------------------ */

static void look_at_thread(int cancellation)
{
	H5E_auto2_t function;
	void *data;
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	expect(!cancellation || state == PTHREAD_CANCEL_ENABLE, "cancellation");
	H5Eget_auto2(H5E_DEFAULT, &function, &data);
	expect(function == on_error, "the function that prints errors");
	called = 0;
	H5Fopen("missing.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
	expect(called == 1, "the next error's printing");
}

/* The program's own open() of the same name, and of others: not HDF5's business. */
static void look_at_opens(void)
{
	static const char *const names[] = { "missing.h5", "data.h5", "new.h5" };
	int fd;

	for (int i = 0; i < 3; i++) {
		fd = open(names[i], O_RDWR | O_CREAT, 0666);
		expect(fd >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC) && locked(names[i], 0),
		       "the program's own open()");
		close(fd);
	}
	unlink("missing.h5");
}

static void look_at_links(void)
{
	hid_t parent = H5Fopen("data.h5", H5F_ACC_RDONLY, H5P_DEFAULT), set;

	expect(parent >= 0 && locked("data.h5", 1), "the lock of the next H5Fopen");
	set = H5Dopen2(parent, "link", H5P_DEFAULT);
	expect(set >= 0 && locked("target.h5", 1), "the lock behind a link");
	H5Dclose(set);
	H5Fclose(parent);
	expect(locked("data.h5", 0) && locked("target.h5", 0), "the end of both");
}

int main(int argc, char **argv)
{
	int needs_file, in_core, overwritten, n;
	size_t i = 0;

	if (argc != 3)
		return 2;
	while (i < sizeof(places) / sizeof(places[0]) && strcmp(argv[2], places[i].name) != 0)
		i++;
	if (i == sizeof(places) / sizeof(places[0]) || !places[i].leave)
		return 77;
	if (!strcmp(argv[2], "unlocked"))
		setenv("LOCKEDH5_DRIVER", "pass", 1);
	H5open();
	register_filter();
	make("target.h5", 0);
	make("data.h5", 1);
	H5Fis_hdf5("data.h5");
	H5Eset_auto2(H5E_DEFAULT, on_error, NULL);
	needs_file = strstr("read failed-read link start_swmr", argv[2]) != NULL;
	n = descriptors();
	if (needs_file) {
		file = H5Fopen("data.h5", H5F_ACC_RDWR, H5P_DEFAULT);
		data_set = H5Dopen2(file, "x", H5P_DEFAULT);
	}
	places[i].leave();
	overwritten = !strcmp(argv[1], "overwritten");
	if (overwritten)
		overwrite_the_stack();
	if (needs_file) {
		H5Dclose(data_set);
		H5Fclose(file);
	}
	/* What can only be found at the next entry, by whatever hook: HDF5 itself called the
	 * program, or it was a signal. */
	in_core = strstr("image unlocked", argv[2]) != NULL;
	if ((in_core || holder || !strcmp(argv[2], "probe")) && overwritten)
		H5Fopen("nowhere.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
	else if (in_core || holder || !strcmp(argv[2], "probe"))
		H5Fis_hdf5("data.h5");
	expect(locked("data.h5", 0), "what is still locked");
	expect(timers() == 0, "the number of timers");
	look_at_opens();
	look_at_thread(!places[i].inside);
	look_at_links();
	/* There, HDF5 itself leaves its descriptor behind. */
	expect(descriptors() == n + in_core, "the number of descriptors");
	return wrong;
}
