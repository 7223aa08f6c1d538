/* SPDX-License-Identifier: BSD-3-Clause */
/* File systems: which kind one is, by its number, its mount and its options, and what helps. */
#include "lock/filesystem.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	NFS = 0x6969,
	FUSE = 0x65735546,
	SMB2 = (int)0xfe534d42,
	OCFS2 = 0x7461636f,
	LUSTRE = 0x0bd00bd0,
	BEEGFS = 0x19830326,
	CEPH = 0x00c36400,
	P9 = 0x01021997,
	GPFS = 0x47504653,
	TMPFS = 0x01021994,
	F2FS = (int)0xf2f52010,
	PROC = 0x9fa0
};

static const struct filesystem *kind(unsigned int magic, const char *type, const char *options)
{
	struct mount m;

	snprintf(m.type, sizeof(m.type), "%s", type);
	snprintf(m.options, sizeof(m.options), "%s", options);
	return filesystem_kind(magic, &m);
}

static int traits(unsigned int magic, const char *type, const char *options)
{
	return kind(magic, type, options)->traits;
}

START_TEST(what_is_unknown_may_be_shared_with_others)
{
	int fd = open("/proc/self/status", O_RDONLY);
	const struct filesystem *fs;
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	fs = filesystem_of(fd, st.st_dev);
	ck_assert_str_eq(fs->name, "unknown");
	ck_assert(fs->traits & FS_REMOTE && !(fs->traits & FS_LINE));
	ck_assert(!filesystem_is_local(fs));
	close(fd);
}
END_TEST

START_TEST(what_can_not_be_looked_at_is_unknown)
{
	errno = EXDEV;
	ck_assert_str_eq(filesystem_of(-1, 77)->name, "unknown");
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(memory_is_this_hosts)
{
	struct stat st;
	int fd;

	NEEDS("test \"$(stat -f -c %T /dev/shm)\" = tmpfs", "no tmpfs at /dev/shm");
	fd = open("/dev/shm", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_str_eq(filesystem_of(fd, st.st_dev)->name, "tmpfs");
	ck_assert_int_eq(filesystem_of(fd, st.st_dev)->traits, FS_LINE);
	ck_assert(filesystem_is_local(filesystem_of(fd, st.st_dev)));
	close(fd);
}
END_TEST

/* The last answer is not another file's. */
START_TEST(two_files_may_be_on_two)
{
	int files[2] = { open("/proc/self/status", O_RDONLY),
			 open("/dev/shm", O_RDONLY | O_DIRECTORY) };
	struct stat st;

	NEEDS("test \"$(stat -f -c %T /dev/shm)\" = tmpfs", "no tmpfs at /dev/shm");
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(fstat(files[i % 2], &st), 0);
		ck_assert_str_eq(filesystem_of(files[i % 2], st.st_dev)->name,
				 i % 2 ? "tmpfs" : "unknown");
	}
}
END_TEST

START_TEST(the_machines_own_file_systems_have_a_line)
{
	ck_assert_int_eq(filesystem_kind(TMPFS, NULL)->traits, FS_LINE);
	ck_assert_int_eq(filesystem_kind((unsigned int)F2FS, NULL)->traits, FS_LINE);
	ck_assert_int_eq(traits(FUSE, "fuseblk", "rw,user_id=0"), FS_LINE);
	ck_assert_int_eq(traits(FUSE, "fuse.fuse-overlayfs", "rw"), FS_LINE);
	ck_assert_int_eq(filesystem_kind(PROC, NULL)->traits, FS_REMOTE | FS_FLUSHES);
}
END_TEST

START_TEST(nfs_is_by_its_version_and_options)
{
	const int fair = FS_REMOTE | FS_LINE | FS_BYTES;

	ck_assert_int_eq(traits(NFS, "nfs4", "rw,vers=4.2,local_lock=none"), fair);
	ck_assert_int_eq(traits(NFS, "nfs4", "rw,vers=4.1,hard"), fair);
	ck_assert_int_eq(traits(NFS, "nfs4", "rw,vers=4.0,hard"), fair | FS_POLLS);
	/* There the option means nothing. */
	ck_assert_int_eq(traits(NFS, "nfs4", "rw,vers=4.2,local_lock=all"), fair);
	ck_assert_int_eq(traits(NFS, "nfs", "rw,vers=3,local_lock=none"), fair | FS_KEEPS_READERS);
	ck_assert_int_eq(traits(NFS, "nfs", "rw,vers=3,local_lock=posix"), FS_REMOTE);
	ck_assert_int_eq(traits(NFS, "nfs", "rw,vers=3,local_lock=all"), FS_REMOTE | FS_HERE);
	ck_assert_int_eq(traits(NFS, "nfs", "rw,vers=3,local_lock=flock,addr=1"),
			 FS_REMOTE | FS_HERE);
	has(kind(NFS, "nfs", "rw,local_lock=flock")->why, "local_lock=flock");
	/* Without the table of mounts: flock(), which keeps out both kinds. */
	ck_assert_int_eq(filesystem_kind(NFS, NULL)->traits, FS_REMOTE);
}
END_TEST

START_TEST(others_are_by_their_type_and_options)
{
	ck_assert_int_eq(traits(CEPH, "ceph", "rw"), FS_REMOTE | FS_LINE);
	ck_assert_int_eq(traits(FUSE, "fuse.ceph-fuse", "rw"),
			 FS_REMOTE | FS_LINE | FS_HIDDEN | FS_BELIEVES_SIZE);
	ck_assert_int_eq(traits(FUSE, "fuse.glusterfs", "rw"), FS_REMOTE | FS_LINE | FS_BYTES |
								       FS_FLUSHES | FS_HIDDEN |
								       FS_BELIEVES_SIZE);
	ck_assert_int_eq(traits(FUSE, "fuse.sshfs", "rw"), FS_REMOTE | FS_HERE);
	ck_assert(traits(FUSE, "fuse.rclone", "rw") & FS_HERE_IF_SHOWN);
	ck_assert(traits(FUSE, "fuse", "rw") & FS_HERE_IF_SHOWN);
	ck_assert_int_eq(traits((unsigned int)SMB2, "cifs", "rw,cache=strict,nounix"),
			 FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS | FS_BREATHES |
				 FS_BELIEVES_SIZE);
	ck_assert_int_eq(traits((unsigned int)SMB2, "smb3", "rw,nobrl,soft"), FS_REMOTE | FS_HERE);
	ck_assert_int_eq(traits(OCFS2, "ocfs2", "rw,cluster_stack=o2cb"), FS_REMOTE);
	ck_assert_int_eq(traits(OCFS2, "ocfs2", "rw,localflocks,,acl"), FS_REMOTE | FS_HERE);
	ck_assert_int_eq(traits(LUSTRE, "lustre", "rw,flock"), FS_REMOTE);
	ck_assert_int_eq(traits(LUSTRE, "lustre", "rw,localflock"), FS_REMOTE | FS_HERE);
	ck_assert_int_eq(traits(GPFS, "gpfs", "rw"), FS_REMOTE | FS_LIKELY_HERE);
	ck_assert_int_eq(traits(P9, "9p", "rw,trans=tcp"), FS_REMOTE | FS_HERE);
}
END_TEST

static void configure(const char *text)
{
	FILE *file = fopen("client.conf", "w");

	fputs(text, file);
	fclose(file);
}

START_TEST(beegfs_says_in_its_configuration_whose_its_locks_are)
{
	const int likely = FS_REMOTE | FS_LIKELY_HERE;

	ck_assert_int_eq(traits(BEEGFS, "beegfs", "rw"), likely);
	ck_assert_int_eq(traits(BEEGFS, "beegfs", "rw,cfgFile=missing.conf"), likely);
	configure("# tuneUseGlobalFileLocks = true\n\ntuneUseGlobalFileLocks   = false\n");
	ck_assert_int_eq(traits(BEEGFS, "beegfs", "rw,cfgFile=client.conf"), likely);
	configure("logLevel = 3\ntuneUseGlobalFileLocks        = true\n");
	ck_assert_int_eq(traits(BEEGFS, "beegfs", "rw,cfgFile=client.conf,_netdev"), FS_REMOTE);
}
END_TEST

/* Not asked again within a second. */
START_TEST(glusterfs_shows_whether_its_caches_can_be_forgotten)
{
	static const char *const layers[] = { "lab-quick-read", "lab-md-cache", "quick-read-lab" };
	struct mount m = { .type = "fuse.glusterfs", .options = "rw" };
	bool stale;

	ck_assert_int_eq(mkdir(".meta", 0777) | mkdir(".meta/graphs", 0777) |
				 mkdir(".meta/graphs/active", 0777) | chdir(".meta/graphs/active") |
				 mkdir(layers[_i], 0777) | chdir("../../.."),
			 0);
	ck_assert_ptr_nonnull(getcwd(m.where, sizeof(m.where)));
	stale = filesystem_kind(FUSE, &m)->traits & FS_STALE;
	ck_assert_int_eq(stale, _i == 0);
	ck_assert_int_eq(rmdir(".meta/graphs/active/lab-quick-read"), _i ? -1 : 0);
	ck_assert_int_eq(!!(filesystem_kind(FUSE, &m)->traits & FS_STALE), stale);
}
END_TEST

static const char line[] =
	"36 35 0:52 / /my\\040home rw,noatime shared:3 master:1 - nfs4 server:/home "
	"rw,vers=4.2,addr=10.0.0.1";

START_TEST(a_line_of_the_table_is_read)
{
	struct mount m;
	size_t length;

	ck_assert(mounts_parse(line, makedev(0, 52), &m));
	ck_assert_str_eq(m.where, "/my\\040home");
	ck_assert_str_eq(m.type, "nfs4");
	ck_assert_str_eq(m.options, "rw,vers=4.2,addr=10.0.0.1");
	ck_assert(mounts_option(&m, "vers=4.2") && mounts_option(&m, "rw"));
	ck_assert(!mounts_option(&m, "vers=4") && !mounts_option(&m, "ers=4.2"));
	ck_assert(!mounts_option(&m, "addr=10.0.0.1,"));
	ck_assert_ptr_nonnull(mounts_value(&m, "vers", &length));
	ck_assert_int_eq(length, 3);
	ck_assert_ptr_null(mounts_value(&m, "ver", &length));
	ck_assert(!mounts_parse(line, makedev(52, 0), &m));
	ck_assert(!mounts_parse("36 35 0:52 / /home rw - nfs4", makedev(0, 52), &m));
	ck_assert(!mounts_parse("36 35 0:52 / /home rw", makedev(0, 52), &m));
	ck_assert(!mounts_parse("", 0, &m));
}
END_TEST

START_TEST(the_table_is_looked_at_by_the_files_number)
{
	struct mount m;
	struct stat st;

	ck_assert_int_eq(stat("/proc", &st), 0);
	ck_assert(mounts_find(st.st_dev, &m));
	ck_assert_str_eq(m.type, "proc");
	ck_assert(!mounts_find(makedev(4000, 4000), &m));
}
END_TEST

START_TEST(a_lock_that_the_kernel_shows_is_this_hosts)
{
	const struct filesystem fuse = { .name = "fuse", .traits = FS_REMOTE | FS_HERE_IF_SHOWN };
	int fd = open("a", O_RDWR | O_CREAT, 0666);

	ck_assert_int_eq(filesystem_locks_here(&fuse, fd), 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(filesystem_locks_here(&fuse, fd), FS_LIKELY_HERE);
	ck_assert_int_eq(filesystem_locks_here(kind(P9, "9p", ""), fd), FS_HERE);
	ck_assert_int_eq(filesystem_locks_here(kind(BEEGFS, "beegfs", ""), fd), FS_LIKELY_HERE);
	ck_assert_int_eq(filesystem_locks_here(kind(CEPH, "ceph", ""), fd), 0);
	close(fd);
}
END_TEST

/* 524 is the kernel's own ENOTSUPP. */
START_TEST(advice_is_for_the_error)
{
	has(filesystem_advice(ENOLCK), "rpc.statd");
	has(filesystem_advice(EBADF), "may be written");
	has(filesystem_advice(ENOSYS), "-o flock");
	has(filesystem_advice(EOPNOTSUPP), "move the file");
	ck_assert_str_eq(filesystem_advice(524), filesystem_advice(EOPNOTSUPP));
	has(filesystem_advice(ESTALE), "try again later");
	ck_assert_str_eq(filesystem_advice(EPERM), "set LOCKEDH5_NOLOCKS=pass to go on unlocked");
}
END_TEST

int main(void)
{
	TCase *tests = group("filesystem");

	tcase_add_test(tests, what_is_unknown_may_be_shared_with_others);
	tcase_add_test(tests, what_can_not_be_looked_at_is_unknown);
	tcase_add_test(tests, memory_is_this_hosts);
	tcase_add_test(tests, two_files_may_be_on_two);
	tcase_add_test(tests, the_machines_own_file_systems_have_a_line);
	tcase_add_test(tests, nfs_is_by_its_version_and_options);
	tcase_add_test(tests, others_are_by_their_type_and_options);
	tcase_add_test(tests, beegfs_says_in_its_configuration_whose_its_locks_are);
	tcase_add_loop_test(tests, glusterfs_shows_whether_its_caches_can_be_forgotten, 0, 3);
	tcase_add_test(tests, a_line_of_the_table_is_read);
	tcase_add_test(tests, the_table_is_looked_at_by_the_files_number);
	tcase_add_test(tests, a_lock_that_the_kernel_shows_is_this_hosts);
	tcase_add_test(tests, advice_is_for_the_error);
	return group_run();
}
