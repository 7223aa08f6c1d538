/* SPDX-License-Identifier: BSD-3-Clause */
/* The brackets of a thread: ended, nested, and left by a jump. */
#include "opening/bracket.h"

#include <check.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

static int left[32], n_left;

static void abandon(void *data)
{
	left[n_left++] = *(int *)data;
}

static void start(void)
{
	n_left = 0;
}

/* As a hook does it. */
__attribute__((noinline)) static void sweep(void)
{
	bracket_sweep(__builtin_frame_address(0));
}

/* Calls WHAT with a stack that has nothing new on it for SIZE bytes. */
__attribute__((noinline)) static void deeper(size_t size, void (*what)(void))
{
	volatile char *hole = __builtin_alloca(size);

	what();
	hole[0] = 0;
}

static jmp_buf back;
static int *left_with;

__attribute__((noinline)) static void begin_and_jump(void)
{
	struct bracket_mark mark;

	bracket_begin(BRACKET_OPENING, &mark, left_with, abandon);
	longjmp(back, 1);
}

/* From deeper than what overwrite() itself has on the stack, above the bytes that it writes. */
static void jump_out_of(int *data)
{
	left_with = data;
	if (setjmp(back) == 0)
		deeper(1024, begin_and_jump);
}

/* Not an array, around which AddressSanitizer leaves more room than a frame takes. */
__attribute__((noinline)) static void overwrite(void)
{
	enum { SIZE = 16384 };
	volatile char *bytes = __builtin_alloca(SIZE);

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = 0x55;
}

START_TEST(the_innermost_of_its_kind_is_found)
{
	struct bracket_mark marks[3];
	int data[3] = { 0, 1, 2 }, first, second, third;

	ck_assert_ptr_null(bracket_innermost(BRACKET_OPENING));
	first = bracket_begin(BRACKET_OPENING, &marks[0], &data[0], abandon);
	second = bracket_begin(BRACKET_CALL, &marks[1], NULL, NULL);
	ck_assert_ptr_nonnull(bracket_innermost(BRACKET_CALL));
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data[0]);
	third = bracket_begin(BRACKET_OPENING, &marks[2], &data[2], abandon);
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data[2]);
	ck_assert_ptr_null(bracket_innermost(BRACKET_SWMR));
	sweep();
	bracket_end(third);
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data[0]);
	bracket_end(second);
	bracket_end(first);
	ck_assert_ptr_null(bracket_innermost(BRACKET_OPENING));
	ck_assert_int_eq(n_left, 0);
}
END_TEST

START_TEST(one_that_was_left_is_abandoned_once)
{
	int data = 7;

	jump_out_of(&data);
	ck_assert_ptr_null(bracket_innermost(BRACKET_OPENING));
	ck_assert_int_eq(n_left, 0);
	sweep();
	ck_assert_int_eq(n_left, 1);
	ck_assert_int_eq(left[0], 7);
	sweep();
	ck_assert_int_eq(n_left, 1);
}
END_TEST

static void seems_to_be_left(void)
{
	ck_assert_ptr_null(bracket_innermost(BRACKET_OPENING));
	sweep();
	ck_assert_int_eq(n_left, 1);
}

START_TEST(it_is_found_from_deeper_where_its_frame_was_overwritten)
{
	int data = 7;

	jump_out_of(&data);
	overwrite();
	deeper(8192, seems_to_be_left);
}
END_TEST

/* Whoever ends a bracket knows that those within it are over. */
START_TEST(the_end_of_the_outer_one_abandons_those_within)
{
	struct bracket_mark mark;
	int data[2] = { 1, 2 }, outer = bracket_begin(BRACKET_CALL, &mark, NULL, NULL);

	jump_out_of(&data[0]);
	jump_out_of(&data[1]);
	bracket_end(outer);
	ck_assert_int_eq(n_left, 2);
	ck_assert_int_eq(left[0], 2);
	ck_assert_int_eq(left[1], 1);
	ck_assert_ptr_null(bracket_innermost(BRACKET_CALL));
}
END_TEST

START_TEST(an_outer_one_outlives_a_sweep)
{
	struct bracket_mark mark;
	int data[2] = { 1, 2 };
	int outer = bracket_begin(BRACKET_OPENING, &mark, &data[0], abandon);

	jump_out_of(&data[1]);
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data[0]);
	sweep();
	ck_assert_int_eq(n_left, 1);
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data[0]);
	bracket_end(outer);
	ck_assert_int_eq(n_left, 1);
}
END_TEST

static void *seen_in_handler;

static void handler(int sig)
{
	(void)sig;
	sweep();
	seen_in_handler = bracket_innermost(BRACKET_OPENING);
}

/* The stack of a handler may lie above the thread's: that is no jump. */
static void *in_thread(void *high)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = high, .ss_size = 65536 }, none = { .ss_flags = SS_DISABLE };
	struct bracket_mark mark;
	int data = 1, bracket = bracket_begin(BRACKET_OPENING, &mark, &data, abandon);

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(pthread_self(), SIGUSR1);
	ck_assert_ptr_eq(seen_in_handler, &data);
	bracket_end(bracket);
	/* AddressSanitizer unmaps what a thread has at its end. */
	sigaltstack(&none, NULL);
	return NULL;
}

START_TEST(a_handler_on_a_stack_of_its_own_sees_what_it_interrupts)
{
	enum { STACK = 4 << 20 }; /* ThreadSanitizer keeps a lot on it */
	char *memory = aligned_alloc(4096, 2 * STACK);
	pthread_attr_t attributes;
	pthread_t thread;

	for (int high = 0; high < 2; high++) {
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, memory + (high ? 0 : STACK), STACK);
		ck_assert_int_eq(pthread_create(&thread, &attributes, in_thread,
						memory + (high ? STACK : 0)),
				 0);
		pthread_join(thread, NULL);
	}
	ck_assert_int_eq(n_left, 0);
	free(memory);
}
END_TEST

/* A mark far above may be on another stack (a coroutine's) whose memory is gone: it is not read. */
enum { FAR = 4 << 20 };

static void *far_below(void *high)
{
	int data = 1, bracket = bracket_begin(BRACKET_OPENING, (void *)((char *)high + FAR / 2),
					      &data, abandon);

	ck_assert_int_eq(mprotect(high, FAR, PROT_NONE), 0);
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data);
	sweep();
	ck_assert_ptr_eq(bracket_innermost(BRACKET_OPENING), &data);
	ck_assert_int_eq(mprotect(high, FAR, PROT_READ | PROT_WRITE), 0);
	bracket_end(bracket);
	return NULL;
}

START_TEST(a_mark_on_a_stack_that_is_gone_is_not_read)
{
	char *memory =
		mmap(NULL, 2 * FAR, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	ck_assert(memory != MAP_FAILED);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, memory, FAR);
	ck_assert_int_eq(pthread_create(&thread, &attributes, far_below, memory + FAR), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(n_left, 0);
}
END_TEST

enum { DEEP = 40 };

START_TEST(what_is_too_deep_is_not_kept_and_does_no_harm)
{
	struct bracket_mark marks[DEEP];
	int data[DEEP], brackets[DEEP];

	for (int i = 0; i < DEEP; i++) {
		data[i] = i;
		brackets[i] = bracket_begin(BRACKET_OPENING, &marks[i], &data[i], abandon);
	}
	for (int i = DEEP - 1; i >= 0; i--)
		bracket_end(brackets[i]);
	ck_assert_ptr_null(bracket_innermost(BRACKET_OPENING));
	ck_assert_int_eq(n_left, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bracket");
	TCase *tests = tcase_create("bracket");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, start, NULL);
	tcase_add_test(tests, the_innermost_of_its_kind_is_found);
	tcase_add_test(tests, one_that_was_left_is_abandoned_once);
	tcase_add_test(tests, it_is_found_from_deeper_where_its_frame_was_overwritten);
	tcase_add_test(tests, the_end_of_the_outer_one_abandons_those_within);
	tcase_add_test(tests, an_outer_one_outlives_a_sweep);
	tcase_add_test(tests, a_handler_on_a_stack_of_its_own_sees_what_it_interrupts);
	tcase_add_test(tests, a_mark_on_a_stack_that_is_gone_is_not_read);
	tcase_add_test(tests, what_is_too_deep_is_not_kept_and_does_no_harm);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_VERBOSE);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
