/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a command on another host, without any protection: for a lab's own network.
 *
 *   on_host ADDRESS COMMAND [ARG...]   in the same folder, with the same variables; standard input,
 *                                      output and errors, signals and exit status as if here
 *   on_host -s ADDRESS                 serves this host's commands
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 99, BLOCK = 65536, CANNOT = 125 };

extern char **environ;
static char block[BLOCK];

/* --- messages ------------------------------------------------------------------- */

/* Before its bytes: what it is, and how many.  No bytes of input, output or errors: the end of it.
 */
enum { HEADER = 'h', INPUT = 'i', OUTPUT = 'o', ERRORS = 'e', SIGNAL = 's', STATUS = 'x' };
struct message {
	char what;
	uint32_t length;
} __attribute__((packed));

static bool write_all(int fd, const void *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = write(fd, (const char *)data + done, n - done);

		if (k == 0 || (k < 0 && errno != EINTR))
			return false;
		done += k > 0 ? (size_t)k : 0;
	}
	return true;
}

static bool read_all(int fd, void *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = read(fd, (char *)data + done, n - done);

		if (k == 0 || (k < 0 && errno != EINTR))
			return false;
		done += k > 0 ? (size_t)k : 0;
	}
	return true;
}

static bool put(int connection, char what, const void *data, size_t n)
{
	struct message m = { what, (uint32_t)n };

	return write_all(connection, &m, sizeof(m)) && write_all(connection, data, n);
}

/* Its bytes are in BLOCK. */
static bool get(int connection, struct message *m)
{
	return read_all(connection, m, sizeof(*m)) && m->length <= BLOCK &&
	       read_all(connection, block, m->length);
}

/* Passes on what can be read at once; false at the end, which is passed on, too. */
static bool pass(int from, int connection, char what)
{
	ssize_t n = read(from, block, BLOCK);

	put(connection, what, block, n > 0 ? (size_t)n : 0);
	return n > 0;
}

static int new_socket(struct sockaddr_in *to, const char *address)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT) };
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	return inet_aton(address, &to->sin_addr) ? s : -1;
}

/* --- the host that runs it --------------------------------------------------------- */

/* P is at texts that end with a 0 each: folder, number of words, the words, variables, an empty
 * one. */
static void become(char *p)
{
	char *folder = p, **words;
	int n;

	p += strlen(p) + 1;
	n = atoi(p);
	p += strlen(p) + 1;
	words = calloc((size_t)n + 1, sizeof(*words));
	for (int i = 0; i < n; i++, p += strlen(p) + 1)
		words[i] = p;
	clearenv();
	for (; *p; p += strlen(p) + 1)
		putenv(p);
	if (chdir(folder)) {
		perror(folder);
		return;
	}
	execvp(words[0], words);
	perror(words[0]);
}

/* The process, with our ends of its input, output and errors in ENDS. */
static pid_t start(char *header, int ends[3])
{
	int in[2], out[2], err[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0) {
		setsid();
		/* What a shell starts in the background ignores them. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		become(header);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	ends[0] = in[1];
	ends[1] = out[0];
	ends[2] = err[0];
	return pid;
}

/* Does what the other side says; false if that is gone. */
static bool obey(int connection, pid_t pid, int *input)
{
	struct message m;

	if (!get(connection, &m))
		return false;
	if (m.what == SIGNAL)
		kill(pid, *(int *)block);
	if (m.what == INPUT && *input >= 0 && (!m.length || !write_all(*input, block, m.length))) {
		close(*input);
		*input = -1;
	}
	return true;
}

/* It has ended, and all that it wrote is passed on, when only its end is to be read. */
static void serve_one(int connection)
{
	struct message m;
	struct pollfd p[4];
	int ends[3], status;
	char *header;
	pid_t pid;

	if (!read_all(connection, &m, sizeof(m)) || !(header = malloc(m.length)) ||
	    !read_all(connection, header, m.length) || (pid = start(header, ends)) < 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	p[0] = (struct pollfd){ ends[1], POLLIN, 0 };
	p[1] = (struct pollfd){ ends[2], POLLIN, 0 };
	p[2] = (struct pollfd){ connection, POLLIN, 0 };
	p[3] = (struct pollfd){ (int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0 };
	do {
		poll(p, 4, -1);
		if (p[0].revents && !pass(ends[1], connection, OUTPUT))
			p[0].fd = -1;
		if (p[1].revents && !pass(ends[2], connection, ERRORS))
			p[1].fd = -1;
		if (p[2].revents && !obey(connection, pid, &ends[0])) {
			kill(-pid, SIGKILL);
			return;
		}
	} while (!p[3].revents || p[0].revents || p[1].revents);
	waitpid(pid, &status, 0);
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	put(connection, STATUS, &status, sizeof(status));
}

static int serve(const char *address)
{
	struct sockaddr_in here;
	int listener = new_socket(&here, address);

	if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof(here)) ||
	    listen(listener, 64)) {
		perror(address);
		return CANNOT;
	}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection >= 0 && fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve_one(connection);
			_exit(0);
		}
		close(connection);
	}
}

/* --- the host that asks for it -------------------------------------------------------- */

static void put_command(int connection, int n, char **words)
{
	char *header, *folder = get_current_dir_name();
	size_t size;
	FILE *f = open_memstream(&header, &size);

	fprintf(f, "%s%c%d%c", folder ? folder : "/", 0, n, 0);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%c", words[i], 0);
	/* An empty one would be the end. */
	for (char **e = environ; *e; e++)
		if (**e)
			fprintf(f, "%s%c", *e, 0);
	fputc(0, f);
	fclose(f);
	put(connection, HEADER, header, size);
}

static int open_signals(void)
{
	static const int passed_on[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT
	};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Its exit status, or -1 while it has none. */
static int take_answer(int connection, const char *address)
{
	struct message m;
	int status = -1;

	if (!get(connection, &m)) {
		fprintf(stderr, "%s: connection lost\n", address);
		return CANNOT;
	}
	if (m.what == OUTPUT)
		write_all(STDOUT_FILENO, block, m.length);
	if (m.what == ERRORS)
		write_all(STDERR_FILENO, block, m.length);
	if (m.what == STATUS)
		memcpy(&status, block, sizeof(status));
	return status;
}

static int ask(const char *address, int n, char **words)
{
	struct sockaddr_in there;
	struct signalfd_siginfo info;
	struct pollfd p[3];
	int connection = new_socket(&there, address), status = -1;

	if (connection < 0 || connect(connection, (struct sockaddr *)&there, sizeof(there))) {
		perror(address);
		return CANNOT;
	}
	put_command(connection, n, words);
	p[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	p[1] = (struct pollfd){ connection, POLLIN, 0 };
	p[2] = (struct pollfd){ open_signals(), POLLIN, 0 };
	while (status < 0) {
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents && !pass(STDIN_FILENO, connection, INPUT))
			p[0].fd = -1;
		if (p[2].revents && read(p[2].fd, &info, sizeof(info)) == sizeof(info))
			put(connection, SIGNAL, &(int){ (int)info.ssi_signo }, sizeof(int));
		if (p[1].revents)
			status = take_answer(connection, address);
	}
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "-s"))
		return serve(argv[2]);
	if (argc < 3) {
		fputs("usage: on_host ADDRESS COMMAND [ARG...] | on_host -s ADDRESS\n", stderr);
		return CANNOT;
	}
	return ask(argv[1], argc - 2, argv + 2);
}
