#include "obstacle.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/xattr.h>

const char *obstacle_to_loading(const struct elf *elf, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID))
		return "is setuid or setgid: it loads no library that a user names; start lockedh5 "
		       "inside it, as in 'sudo lockedh5 PROGRAM'";
	if (getxattr(path, "security.capability", NULL, 0) > 0)
		return "has file capabilities: it loads no library that a user names; run a copy "
		       "without them";
	if (!elf_interpreter(elf))
		return "is a static executable: it loads no libraries at all; link it dynamically";
	return NULL;
}
