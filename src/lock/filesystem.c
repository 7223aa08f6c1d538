/* SPDX-License-Identifier: BSD-3-Clause */
#include "lock/filesystem.h"

#include "report/settings.h"
#include "system/libc.h"

#include <errno.h>
#include <stddef.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* The kernel's own ENOTSUPP, which it should not show to programs but does: Cray DVS
 * (HDFGroup/hdf5#3311). */
#define KERNEL_ENOTSUPP 524

enum { BELIEVED_NS = 10000000 };

/* From linux/magic.h and statfs(2); those of Lustre, GPFS and BeeGFS from their sources.  LOCAL: a
 * lock concerns this host's kernel only. */
static const struct filesystem {
	unsigned int type;
	const char *name;
	bool local;
} known[] = {
	{ 0x0000ef53, "ext4", true },	   { 0x58465342, "xfs", true },
	{ 0x9123683e, "btrfs", true },	   { 0x01021994, "tmpfs", true },
	{ 0x794c7630, "overlayfs", true }, { 0x2fc12fc1, "zfs", true },
	{ 0x00006969, "nfs", false },	   { 0x0bd00bd0, "lustre", false },
	{ 0x65735546, "fuse", false },	   { 0x47504653, "gpfs", false },
	{ 0x19830326, "beegfs", false },   { 0x00c36400, "ceph", false },
	{ 0xff534d42, "cifs", false },	   { 0xfe534d42, "smb2", false },
	{ 0x01021997, "9p", false },	   { 0x5346414f, "afs", false },
	{ 0x01161970, "gfs2", false },	   { 0x7461636f, "ocfs2", false },
	{ 0x20030528, "orangefs", false },
};

static const struct filesystem *find(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == 0)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if ((unsigned int)fs.f_type == known[i].type)
				return &known[i];
	return NULL;
}

const char *filesystem_name(int fd)
{
	const struct filesystem *fs = find(fd);

	return fs ? fs->name : "unknown";
}

bool filesystem_has_separate_locks(int fd, dev_t device)
{
	/* The last answer; the number of a mount without a block device (tmpfs, NFS) is soon
	 * another's, and is believed for as long as no two mounts take. */
	static _Thread_local struct {
		dev_t device;
		int64_t until;
	} local;
	const struct filesystem *fs;

	if (device == local.device && (major(device) || monotonic_ns() < local.until))
		return true;
	fs = find(fd);
	if (!fs || !fs->local)
		return false;
	local.device = device;
	local.until = monotonic_ns() + BELIEVED_NS;
	return true;
}

const char *filesystem_advice(int error)
{
	switch (error) {
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
