/*
 * clock.c - monotonic time, the date, and the one deadline. See clock.h.
 *
 * The ACPI PM timer, whose frequency is known, measures the TSC and the local APIC's timer. Guest and host
 * may lose the CPU at any moment, for seconds, so:
 *
 * C1  A sample is one reading of all counters between two readings of the TSC; of several, the one with
 *     the least between is kept.
 * C2  Two windows in a row must give the same frequencies, or both are thrown away and measured again.
 *     A stall inside a window is harmless (all counters go on), unless the PM timer wraps in it: then
 *     the two windows differ.
 * C3  clock_now() never returns less than it has returned, on any CPU: `latest` is the maximum.
 */
#include "kernel/x86/clock.h"

#include "kernel/lib/log.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/rtc.h"

/* ACPI 6.4 4.8.3.3. Some have 32 bits; all have these. */
#define PM_TIMER_HZ   3579545ul
#define PM_TIMER_MASK 0xffffff

#define WINDOW_TICKS (PM_TIMER_HZ / 500) /* 2 ms */
#define WINDOW_TRIES 6
#define SAMPLE_TRIES 4
#define AGREEMENT    500 /* windows may differ by one part in this */
#define LAPIC_START  0xffffffffu
#define MEETINGS     8 /* of two CPUs' TSCs */
#define MEETING_OFF  0xffffffffu

/* Frequency; and ticks and nanoseconds, each as a 32.32 fraction of the other: see scale(). */
struct counter {
	u64 hz, to_ns, from_ns;
};

struct sample {
	u64 tsc;
	u32 pm, lapic;
};

static struct counter tsc_counter, lapic_counter, pm_counter;
static bool use_tsc;
static u64 start;         /* what the counter in use showed at clock 0 */
static u64 pm_ticks;      /* the PM timer, widened to 64 bits; atomic */
static u64 latest;        /* C3; atomic */
static u64 realtime_base; /* of clock_now() 0; atomic */

static u64 scale(u64 value, u64 fraction)
{
	return (u64)((unsigned __int128)value * fraction >> 32);
}

static void counter_set(struct counter *c, u64 hz)
{
	c->hz = hz;
	c->to_ns = hz ? (NS_PER_SECOND << 32) / hz : 0;
	c->from_ns = (hz << 32) / NS_PER_SECOND; /* hz is below 2^32 where it is used */
}

static u32 pm_read(void)
{
	return inl(acpi.pm_timer_port) & PM_TIMER_MASK;
}

static struct sample sample_take(void)
{
	struct sample best = {0};
	u64 least = ~0ull;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		u64 before = rdtsc();
		u32 pm = pm_read();
		u32 timer = apic_timer_remaining();
		u64 width = rdtsc() - before;

		if (width >= least)
			continue;
		least = width;
		best = (struct sample){before + width / 2, pm, timer};
	}
	return best;
}

/* The sample at the end of a window from `from` on. The bound is for a PM timer that stands still. */
static struct sample window_end(struct sample from)
{
	for (u32 i = 0; i < 10000000 && ((pm_read() - from.pm) & PM_TIMER_MASK) < WINDOW_TICKS; i++)
		cpu_pause();
	return sample_take();
}

static void window_measure(struct sample a, struct sample b, u64 *tsc_hz, u64 *lapic_hz)
{
	u64 ticks = MAX((b.pm - a.pm) & PM_TIMER_MASK, 1u);

	*tsc_hz = (b.tsc - a.tsc) * PM_TIMER_HZ / ticks;
	*lapic_hz = (u64)(a.lapic - b.lapic) * PM_TIMER_HZ / ticks;
}

static bool agree(u64 a, u64 b)
{
	u64 difference = a > b ? a - b : b - a;

	return a && b && difference <= a / AGREEMENT;
}

/* Sets both counters; true if the TSC agreed with the PM timer twice (C2). */
static bool calibrate(void)
{
	u64 tsc[2], timer[2];
	bool steady = false;

	apic_timer_start(LAPIC_START);
	for (int i = 0; i < WINDOW_TRIES && !steady; i++) {
		struct sample a = sample_take();
		struct sample b = window_end(a);
		struct sample c = window_end(b);

		window_measure(a, b, &tsc[0], &timer[0]);
		window_measure(b, c, &tsc[1], &timer[1]);
		steady = agree(tsc[0], tsc[1]) && agree(timer[0], timer[1]);
		window_measure(a, c, &tsc[0], &timer[0]);
	}
	apic_timer_start(0);
	counter_set(&tsc_counter, tsc[0]);
	counter_set(&lapic_counter, timer[0]);
	return steady;
}

/* Raises *to to `value`, unless it is there or beyond already. Returns what it holds then. */
static u64 raise_to(u64 *to, u64 value)
{
	u64 seen = __atomic_load_n(to, __ATOMIC_RELAXED);

	while (seen < value &&
	       !__atomic_compare_exchange_n(to, &seen, value, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	return MAX(seen, value);
}

/*
 * The old value is read before the port: the timer is then at or after it, whoever stored it, and the
 * difference is exact as long as somebody looks once in a wrap (4.6 s). clock_arm() sees to that.
 */
static u64 pm_now(void)
{
	u64 old = __atomic_load_n(&pm_ticks, __ATOMIC_ACQUIRE);

	return raise_to(&pm_ticks, old + ((pm_read() - (u32)old) & PM_TIMER_MASK));
}

static u64 counted_now(void)
{
	if (use_tsc)
		return scale(rdtsc() - start, tsc_counter.to_ns);
	return scale(pm_now() - start, pm_counter.to_ns);
}

u64 clock_now(void)
{
	return raise_to(&latest, counted_now());
}

u64 clock_after(u64 ns)
{
	return MIN(clock_now() + ns, TIME_REAL - 1);
}

u64 clock_realtime_base(void)
{
	return __atomic_load_n(&realtime_base, __ATOMIC_RELAXED);
}

u64 clock_realtime(void)
{
	return clock_realtime_base() + clock_now();
}

void clock_set_realtime(u64 ns)
{
	__atomic_store_n(&realtime_base, ns - clock_now(), __ATOMIC_RELAXED);
}

void clock_delay(u64 ns)
{
	u64 until = clock_now() + ns;

	while (clock_now() < until)
		cpu_pause();
}

/* Each odd `meeting` is a question, the even one behind it the answer. */
static u32 meeting;
static u64 answer;

static bool wait_for_meeting(u32 number, u64 deadline)
{
	u32 now;

	while ((now = __atomic_load_n(&meeting, __ATOMIC_ACQUIRE)) != number) {
		if (now == MEETING_OFF || (deadline != TIME_NEVER && clock_now() > deadline))
			return false;
		cpu_pause();
	}
	return true;
}

void clock_answer(void)
{
	for (u32 i = 0; i < MEETINGS && wait_for_meeting(2 * i + 1, TIME_NEVER); i++) {
		answer = rdtsc();
		__atomic_store_n(&meeting, 2 * i + 2, __ATOMIC_RELEASE);
	}
}

/* What clock_now() shows stays the same. */
static void leave_tsc(void)
{
	u64 now = clock_now();

	log_info("clock: the TSCs of two CPUs differ; the PM timer is used");
	pm_ticks = pm_read();
	start = pm_ticks - scale(now, pm_counter.from_ns);
	use_tsc = false;
}

/* A stall of the host makes the window wider, never wrong. */
bool clock_ask(u64 deadline)
{
	bool agree = true;

	for (u32 i = 0; i < MEETINGS; i++) {
		u64 before = rdtsc();

		__atomic_store_n(&meeting, 2 * i + 1, __ATOMIC_RELEASE);
		if (!wait_for_meeting(2 * i + 2, deadline)) {
			__atomic_store_n(&meeting, MEETING_OFF, __ATOMIC_RELEASE);
			return false;
		}
		agree &= before <= answer && answer <= rdtsc();
	}
	__atomic_store_n(&meeting, 0, __ATOMIC_RELAXED);
	if (!agree && use_tsc)
		leave_tsc();
	return true;
}

void clock_arm(u64 deadline)
{
	u64 now, wait, ticks;

	if (deadline == TIME_NEVER && use_tsc) {
		apic_timer_start(0);
		return;
	}
	now = clock_now();
	wait = deadline > now ? deadline - now : 0;
	/* Half a wrap of the PM timer, which must be looked at (pm_now), or an hour. */
	wait = MIN(wait, use_tsc ? 3600 * NS_PER_SECOND : scale(PM_TIMER_MASK / 2, pm_counter.to_ns));
	/* One more, so that it does not come just early and have to be armed again. */
	ticks = scale(wait, lapic_counter.from_ns) + 1;
	apic_timer_start((u32)MIN(ticks, (u64)LAPIC_START));
}

bool clock_init(void)
{
	if (!acpi.pm_timer_port)
		return false;
	counter_set(&pm_counter, PM_TIMER_HZ);
	use_tsc = calibrate();
	pm_ticks = pm_read();
	start = use_tsc ? rdtsc() : pm_ticks;
	realtime_base = rtc_read() * NS_PER_SECOND - clock_now();
	log_info("clock: %s, tsc %lu kHz, lapic timer %lu kHz", use_tsc ? "tsc" : "pm-timer",
		 tsc_counter.hz / 1000, lapic_counter.hz / 1000);
	return true;
}
