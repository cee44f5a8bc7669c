// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deliberate faults for tests/vm/selftest: writing the name of a fault to the parameter "plant"
 * makes this module commit it. tests/vm/run must detect each of them.
 */
#include <linux/debug_locks.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);

/* Volatile, so that the compiler neither warns about the faults nor removes them. */
static void *volatile object;

static void plant_nothing(void)
{
	object = kmalloc(64, GFP_KERNEL);
	kfree(object);
	object = NULL;
}

static void plant_use_after_free(void)
{
	u8 *p;

	object = kmalloc(64, GFP_KERNEL);
	p = object;
	kfree(p);
	pr_info("planted: %u\n", *(u8 *)object);
	object = NULL;
}

static void plant_out_of_bounds(void)
{
	u8 *p;

	object = vmalloc(100);
	p = object;
	if (p)
		p[100] = 1;
	vfree(p);
	object = NULL;
}

static void plant_lock_inversion(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);

	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static void plant_sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void plant_leak(void)
{
	int i;

	for (i = 0; i < 10; i++)
		object = kmalloc(200, GFP_KERNEL);
	object = NULL;
}

static void work_fn(struct work_struct *work)
{
}

static void plant_freed_timer(void)
{
	struct delayed_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return;
	INIT_DELAYED_WORK(work, work_fn);
	schedule_delayed_work(work, 20 * HZ);
	kfree(work);
}

static void plant_warning(void)
{
	WARN_ON(1);
}

static void plant_lockdep_off(void)
{
	debug_locks_off();
}

static void plant_pin(void)
{
	__module_get(THIS_MODULE);
}

static void plant_crash(void)
{
	panic("planted");
}

static const struct {
	const char *name;
	void (*plant)(void);
} faults[] = {
	{ "nothing", plant_nothing },
	{ "use-after-free", plant_use_after_free },
	{ "out-of-bounds", plant_out_of_bounds },
	{ "lock-inversion", plant_lock_inversion },
	{ "sleep-in-atomic", plant_sleep_in_atomic },
	{ "leak", plant_leak },
	{ "freed-timer", plant_freed_timer },
	{ "warning", plant_warning },
	{ "lockdep-off", plant_lockdep_off },
	{ "pin", plant_pin },
	{ "crash", plant_crash },
};

static int plant_set(const char *value, const struct kernel_param *kp)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(value, faults[i].name)) {
			faults[i].plant();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops plant_ops = {
	.set = plant_set,
};

module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "name of the fault to commit now");

MODULE_DESCRIPTION("Deliberate faults that tests/vm/run must detect");
MODULE_LICENSE("GPL");
