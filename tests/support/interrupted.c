/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals that come during a wait. */
#include "interrupted.h"

#include <signal.h>
#include <string.h>

const int stopping[STOPPING] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
const char *const handler_kinds[HANDLER_KINDS] = { "plain", "restart", "siginfo" };

const char *answer_soon(struct actor *actor)
{
	const char *answer = actor_answer_within(actor, SOON);

	ck_assert_msg(answer, "the wait was not interrupted");
	return answer;
}

void was_interrupted(const char *answer)
{
	ck_assert_msg(!strncmp(answer, "error errno=4 ", 14), "%s", answer);
	has(answer, "interrupted by a signal");
	has(answer, "data.h5");
}
