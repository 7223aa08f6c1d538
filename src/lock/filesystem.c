/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/filesystem.h"

#include "report/settings.h"
#include "system/libc.h"
#include "system/names.h"
#include "system/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The kernel's own ENOTSUPP, which it should not show to programs but does: Cray DVS
 * (HDFGroup/hdf5#3311). */
#define KERNEL_ENOTSUPP 524

enum { LOCAL = FS_LINE };

#define ALL_HOSTS "so that its locks hold for all hosts"

/* The kinds, a line each, the first that fits.  MAGIC is statfs()'s f_type: from linux/magic.h and
 * the file systems' sources.  TYPE and OPTION are as in the table of mounts; a kind without a type
 * is what is left, also where that table can't be read.  Whatever is not here is "unknown". */
static const struct kind {
	unsigned int magic;
	const char *type, *option;
	struct filesystem fs;
} kinds[] = {
	/* One kernel's own: flock() and byte locks are apart, and caches everybody's. */
	{ 0x0000ef53, NULL, NULL, { "ext4", LOCAL, NULL, NULL } },
	{ 0x58465342, NULL, NULL, { "xfs", LOCAL, NULL, NULL } },
	{ 0x9123683e, NULL, NULL, { "btrfs", LOCAL, NULL, NULL } },
	{ 0x01021994, NULL, NULL, { "tmpfs", LOCAL, NULL, NULL } },
	{ 0x794c7630, NULL, NULL, { "overlayfs", LOCAL, NULL, NULL } },
	{ 0x2fc12fc1, NULL, NULL, { "zfs", LOCAL, NULL, NULL } },
	{ 0xf2f52010, NULL, NULL, { "f2fs", LOCAL, NULL, NULL } },
	{ 0xca451a4e, NULL, NULL, { "bcachefs", LOCAL, NULL, NULL } },
	{ 0x858458f6, NULL, NULL, { "ramfs", LOCAL, NULL, NULL } },
	{ 0x7366746e, NULL, NULL, { "ntfs3", LOCAL, NULL, NULL } },
	{ 0x2011bab0, NULL, NULL, { "exfat", LOCAL, NULL, NULL } },
	{ 0x00004d44, NULL, NULL, { "vfat", LOCAL, NULL, NULL } },
	{ 0x3153464a, NULL, NULL, { "jfs", LOCAL, NULL, NULL } },
	{ 0x00003434, NULL, NULL, { "nilfs2", LOCAL, NULL, NULL } },
	{ 0x52654973, NULL, NULL, { "reiserfs", LOCAL, NULL, NULL } },
	{ 0x65735546, "fuseblk", NULL, { "fuseblk", LOCAL, NULL, NULL } },
	/* Measured: its locks are the kernel's own, and what is below it is this machine's. */
	{ 0x65735546, "fuse.fuse-overlayfs", NULL, { "fuse-overlayfs", LOCAL, NULL, NULL } },

	/* NFS.  Measured (4.2, 4.0, 3; Linux 6.1): the client makes a lock on all bytes of a
	 * flock(); it keeps its pages at the lock while it has a read delegation (4.2).  Before
	 * version 4.1 no server tells a client that a lock is free, and the client asks again after
	 * 1 s, 2 s, … 30 s (nfs4_proc_setlk() in fs/nfs/nfs4proc.c).  Version 3 does not tell who
	 * asks for a writer's lock of readers.  The local_lock options are
	 * version 3's (nfs(5)); "nolock" shows as local_lock=all. */
	{ 0x00006969,
	  "nfs4",
	  "vers=4.0",
	  { "nfs4", FS_REMOTE | FS_LINE | FS_BYTES | FS_POLLS, NULL, NULL } },
	{ 0x00006969, "nfs4", NULL, { "nfs4", FS_REMOTE | FS_LINE | FS_BYTES, NULL, NULL } },
	{ 0x00006969,
	  "nfs",
	  "local_lock=all",
	  { "nfs", FS_REMOTE | FS_HERE, "is mounted with nolock or local_lock=all",
	    "mount it without these options, " ALL_HOSTS } },
	{ 0x00006969,
	  "nfs",
	  "local_lock=flock",
	  { "nfs", FS_REMOTE | FS_HERE, "is mounted with local_lock=flock",
	    "mount it with local_lock=none, " ALL_HOSTS } },
	/* Byte locks are this host's, flock() is not: no line. */
	{ 0x00006969, "nfs", "local_lock=posix", { "nfs", FS_REMOTE, NULL, NULL } },
	{ 0x00006969,
	  "nfs",
	  NULL,
	  { "nfs", FS_REMOTE | FS_LINE | FS_BYTES | FS_KEEPS_READERS, NULL, NULL } },
	/* Not to know the options is to know neither of the two. */
	{ 0x00006969, NULL, NULL, { "nfs", FS_REMOTE, NULL, NULL } },

	/* Ceph.  Measured (16.2): flock() and byte locks are apart, for all hosts; ceph-fuse keeps
	 * old pages. */
	{ 0x00c36400, NULL, NULL, { "ceph", FS_REMOTE | FS_LINE, NULL, NULL } },
	{ 0x65735546,
	  "fuse.ceph-fuse",
	  NULL,
	  { "ceph-fuse", FS_REMOTE | FS_LINE | FS_HIDDEN | FS_BELIEVES_SIZE, NULL, NULL } },

	/* Measured (10.3): flock() is a lock on all bytes.  What is written may be on its way when
	 * close() has returned (performance.flush-behind), and the lock is another request. */
	{ 0x65735546,
	  "fuse.glusterfs",
	  NULL,
	  { "glusterfs", FS_REMOTE | FS_LINE | FS_BYTES | FS_FLUSHES | FS_HIDDEN | FS_BELIEVES_SIZE,
	    NULL, NULL } },

	/* CIFS.  Measured (Linux 6.1, SMB 1.0 to 3.1.1, samba 4.17): the server's locks are
	 * mandatory; another host's shows as EACCES, and a signal does not end the wait for it; an
	 * unlock before close() loses what is in the cache; a second open() with the same flags
	 * gets the first one's handle (cifs_open() in fs/smb/client/file.c). */
	{ 0xff534d42,
	  NULL,
	  "nobrl",
	  { "cifs", FS_REMOTE | FS_HERE, "is mounted with nobrl",
	    "mount it without nobrl, " ALL_HOSTS } },
	{ 0xfe534d42,
	  NULL,
	  "nobrl",
	  { "cifs", FS_REMOTE | FS_HERE, "is mounted with nobrl",
	    "mount it without nobrl, " ALL_HOSTS } },
	{ 0xff534d42,
	  NULL,
	  NULL,
	  { "cifs", FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS | FS_BREATHES | FS_BELIEVES_SIZE,
	    NULL, NULL } },
	{ 0xfe534d42,
	  NULL,
	  NULL,
	  { "cifs", FS_REMOTE | FS_EACCES | FS_CLOSES | FS_POLLS | FS_BREATHES | FS_BELIEVES_SIZE,
	    NULL, NULL } },

	/* Cluster file systems on one disk.  Measured (OCFS2, Linux 6.1): flock() is for all hosts
	 * and fair, byte locks are this host's.  GFS2 the same way round: localflocks in mount's
	 * options (Documentation/filesystems/gfs2.rst). */
	{ 0x7461636f,
	  NULL,
	  "localflocks",
	  { "ocfs2", FS_REMOTE | FS_HERE, "is mounted with localflocks",
	    "mount it without localflocks, " ALL_HOSTS } },
	{ 0x7461636f, NULL, NULL, { "ocfs2", FS_REMOTE, NULL, NULL } },
	{ 0x01161970,
	  NULL,
	  "localflocks",
	  { "gfs2", FS_REMOTE | FS_HERE, "is mounted with localflocks",
	    "mount it without localflocks, " ALL_HOSTS } },
	{ 0x01161970, NULL, NULL, { "gfs2", FS_REMOTE, NULL, NULL } },

	/* Lustre: ll_show_options() in llite_lib.c; without either option flock() fails with
	 * ENOSYS.  Its flock() is a lock on all bytes (ll_file_flock()), but nobody has measured
	 * open-file-description locks there. */
	{ 0x0bd00bd0,
	  NULL,
	  "localflock",
	  { "lustre", FS_REMOTE | FS_HERE, "is mounted with localflock",
	    "mount it with -o flock, " ALL_HOSTS } },
	{ 0x0bd00bd0, NULL, NULL, { "lustre", FS_REMOTE, NULL, NULL } },

	/* BeeGFS: beegfs-client.conf, tuneUseGlobalFileLocks, false by default. */
	{ 0x19830326,
	  NULL,
	  NULL,
	  { "beegfs", FS_REMOTE | FS_LIKELY_HERE,
	    "is BeeGFS without tuneUseGlobalFileLocks=true in its client's configuration",
	    "set that there, " ALL_HOSTS } },

	/* Measured (sshfs 3.7): it answers no lock, the kernel does. */
	{ 0x65735546,
	  "fuse.sshfs",
	  NULL,
	  { "sshfs", FS_REMOTE | FS_HERE, "is sshfs, which does not tell the server of locks",
	    "use the file on one host alone, or share it by NFS" } },
	/* Measured (diod 1.0): the close() of any copy of the descriptor ends the lock, in a child,
	 * too, and a lock that is free is given after 30 s. */
	{ 0x01021997,
	  NULL,
	  NULL,
	  { "9p", FS_REMOTE | FS_HERE,
	    "is 9p, whose locks end when any copy of the descriptor is closed",
	    "use the file on one host alone, or share it by NFS" } },

	/* Whoever answers its locks for all hosts keeps them out of the kernel's lists
	 * (fuse_setlk() in fs/fuse/file.c); else the kernel does, for this host: bindfs (measured),
	 * virtiofs by default, rclone. */
	{ 0x65735546,
	  NULL,
	  NULL,
	  { "fuse", FS_REMOTE | FS_FLUSHES | FS_HERE_IF_SHOWN | FS_HIDDEN | FS_BELIEVES_SIZE,
	    "is a FUSE file system that leaves locks to the kernel of each host",
	    "use the file on one host alone, or share it by another file system" } },

	/* Two users measured that flock() is a host's own there (ibm-granite/granite.build#322,
	 * versity/versitygw#2351). */
	{ 0x47504653,
	  NULL,
	  NULL,
	  { "gpfs", FS_REMOTE | FS_LIKELY_HERE,
	    "is GPFS (Storage Scale), where a flock() was seen to hold on one host only",
	    "use the file on one host alone" } },
	{ 0x5346414f, NULL, NULL, { "afs", FS_REMOTE | FS_FLUSHES, NULL, NULL } },
	{ 0x20030528, NULL, NULL, { "orangefs", FS_REMOTE | FS_FLUSHES, NULL, NULL } },
};

static const struct filesystem unknown = { "unknown", FS_REMOTE | FS_FLUSHES, NULL, NULL };
/* Measured: 384 to 399 of 400 updates survive. */
static const struct filesystem gluster_quick = {
	"glusterfs",
	FS_REMOTE | FS_LINE | FS_BYTES | FS_FLUSHES | FS_HIDDEN | FS_BELIEVES_SIZE | FS_STALE,
	"has performance.quick-read on, which keeps what another host has changed since",
	"switch it off (gluster volume set VOLUME performance.quick-read off)",
};
static const struct filesystem beegfs_global = { "beegfs", FS_REMOTE, NULL, NULL };

/* M: NULL if nothing is known of its mount. */
static bool fits(const struct kind *kind, unsigned int magic, const struct mount *m)
{
	if (kind->magic != magic || (kind->type && (!m || strcmp(m->type, kind->type))))
		return false;
	return !kind->option || (m && mounts_option(m, kind->option));
}

static const struct filesystem *kind_of(unsigned int magic, const struct mount *m)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fits(&kinds[i], magic, m))
			return &kinds[i].fs;
	return &unknown;
}

/* Whether the file that the mount option "cfgFile" names says that locks hold for all hosts. */
static bool beegfs_locks_all_hosts(const struct mount *m)
{
	size_t length = 0;
	const char *file = mounts_value(m, "cfgFile", &length);
	char name[MOUNT_OPTIONS], value[8] = "", *line;
	struct proc_lines lines;

	if (!file)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)length, file);
	if (proc_begin(&lines, name))
		return false;
	while ((line = proc_next(&lines)))
		sscanf(line, " tuneUseGlobalFileLocks = %7s", value);
	proc_end(&lines);
	return !strcmp(value, "true") || !strcmp(value, "yes") || !strcmp(value, "1");
}

enum { QUICK_READ_NS = 1000000000 };

/* A client of GlusterFS shows what it is made of, in a folder that is not listed (its xlator
 * "meta"). */
static bool gluster_reads_quickly(const struct mount *m)
{
	static const char layer[] = "-quick-read";
	char name[MOUNT_WHERE + 32], *tail;
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(name, sizeof(name), "%s/.meta/graphs/active", m->where);
	folder = opendir(name);
	while (folder && !found && (entry = readdir(folder))) {
		tail = strstr(entry->d_name, layer);
		found = tail && !tail[strlen(layer)];
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Asked once in a second. */
static bool is_stale_gluster(const struct filesystem *fs, const struct mount *m)
{
	static _Thread_local struct {
		const struct filesystem *fs;
		int64_t until;
		bool quick;
	} last;

	if (strcmp(fs->name, "glusterfs"))
		return false;
	if (last.fs == fs && monotonic_ns() < last.until)
		return last.quick;
	last.fs = fs;
	last.quick = gluster_reads_quickly(m);
	last.until = monotonic_ns() + QUICK_READ_NS;
	return last.quick;
}

const struct filesystem *filesystem_kind(unsigned int magic, const struct mount *m)
{
	const struct filesystem *fs = kind_of(magic, m);

	if (m && !strcmp(fs->name, "beegfs") && beegfs_locks_all_hosts(m))
		return &beegfs_global;
	return m && is_stale_gluster(fs, m) ? &gluster_quick : fs;
}

/* The last answer.  The number of a mount without a block device (tmpfs, NFS) is soon another's,
 * and what was said of it is believed for as long as no two mounts take. */
struct answer {
	const struct filesystem *fs;
	unsigned int magic;
	dev_t device;
	int64_t until;
	char type[MOUNT_TYPE];
};

enum { BELIEVED_NS = 10000000 };

static void ask(struct answer *a, int fd, dev_t device)
{
	bool again = a->fs && device == a->device && *a->type;
	struct statfs fs = { .f_type = 0 };
	struct mount m;

	/* statfs() of a file on another host asks that, and of Ceph and Lustre more than one. */
	if (again && mounts_find(device, &m) && !strcmp(m.type, a->type)) {
		a->fs = filesystem_kind(a->magic, &m);
		return;
	}
	*a->type = 0;
	a->magic = fstatfs(fd, &fs) ? 0 : (unsigned int)fs.f_type;
	a->fs = kind_of(a->magic, NULL);
	if (a->fs->traits == LOCAL)
		return;
	if (mounts_find(device, &m)) {
		a->fs = filesystem_kind(a->magic, &m);
		strcpy(a->type, m.type);
	}
}

const struct filesystem *filesystem_of(int fd, dev_t device)
{
	static _Thread_local struct answer last;
	bool settled = last.fs && last.fs->traits == LOCAL && major(device);
	int saved_errno = errno;

	if (last.fs && device == last.device && (settled || monotonic_ns() < last.until))
		return last.fs;
	ask(&last, fd, device);
	last.device = device;
	last.until = monotonic_ns() + BELIEVED_NS;
	errno = saved_errno;
	return last.fs;
}

bool filesystem_is_local(const struct filesystem *fs)
{
	enum coherence coherence = settings()->coherence;

	return coherence == COHERENCE_AUTO ? !(fs->traits & FS_REMOTE)
					   : coherence == COHERENCE_LOCAL;
}

void filesystem_forget_cache(const struct filesystem *fs, int fd)
{
	struct statx st;
	int saved_errno = errno;

	if (filesystem_is_local(fs))
		return;
	/* Measured: what mends NFS 4.2, ceph-fuse and GlusterFS. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	/* What GlusterFS believes of a file (its xlator md-cache) the answer to this renews. */
	if (fs->traits & FS_FLUSHES)
		syscall(SYS_fdatasync, fd);
	/* The others' clients ask for the size when they lock. */
	if (fs->traits & FS_BELIEVES_SIZE)
		libc_statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &st);
	errno = saved_errno;
}

int filesystem_locks_here(const struct filesystem *fs, int fd)
{
	if (fs->traits & FS_HERE_IF_SHOWN)
		return proc_shows_lock(fd) ? FS_LIKELY_HERE : 0;
	return fs->traits & (FS_HERE | FS_LIKELY_HERE);
}

bool filesystem_in_trouble(int error)
{
	return error == EIO || error == ESTALE || error == EDQUOT || error == ETIMEDOUT ||
	       error == EHOSTDOWN || error == EREMOTEIO;
}

const char *filesystem_advice(int error)
{
	if (filesystem_in_trouble(error))
		return "its server or its disk is in trouble: try again later";
	switch (error) {
	case EBADF:
		return "an exclusive lock there takes a file that may be written; "
		       "or set " SETTING_NOLOCKS "=pass to go on unlocked";
	case ENOLCK:
		return "on NFS the server's lock manager (rpc.statd, lockd) must run; "
		       "or set " SETTING_NOLOCKS "=pass to go on unlocked";
	case ENOSYS:
		return "Lustre must be mounted with -o flock; "
		       "or set " SETTING_NOLOCKS "=pass to go on unlocked";
	case EOPNOTSUPP:
	case KERNEL_ENOTSUPP:
		return "move the file to a file system with flock; "
		       "or set " SETTING_NOLOCKS "=pass to go on unlocked";
	default:
		return "set " SETTING_NOLOCKS "=pass to go on unlocked";
	}
}
