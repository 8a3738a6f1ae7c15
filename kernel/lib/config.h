/*
 * config.h - what differs between the builds, as constants (never as #if in a function).
 *
 *   release  BUILD_TEST 0, BUILD_WALLS 0   what `make run` boots
 *   test     BUILD_TEST 1, BUILD_WALLS 0   lock ranks, poisoning, TLB model, fault injection, UBSan
 *   walls    BUILD_TEST 1, BUILD_WALLS 1   test, and walls that a boot word takes away
 *   kasan    BUILD_TEST 1, BUILD_KASAN 1   test, and the address sanitizer (mm/kasan.h)
 */
#pragma once

#ifndef BUILD_TEST
#define BUILD_TEST 0
#endif
#ifndef BUILD_WALLS
#define BUILD_WALLS 0
#endif
#ifndef BUILD_KASAN
#define BUILD_KASAN 0
#endif

/* mm/tlb_model.h. Without walls what is owed is not paid. */
#define TLB_MODEL (BUILD_TEST && !BUILD_WALLS)
