// The numbers of mmap(2) and its relatives on x86-64: asm-generic/mman-common.h, linux/mman.h.
#pragma once

namespace farl {

inline constexpr int kProtNone = 0;
inline constexpr int kProtRead = 1;
inline constexpr int kProtWrite = 2;
inline constexpr int kProtExec = 4;
inline constexpr int kProtSem = 8;
inline constexpr int kProtGrowsDown = 0x0100'0000;
inline constexpr int kProtGrowsUp = 0x0200'0000;

inline constexpr int kMapShared = 0x01;
inline constexpr int kMapPrivate = 0x02;
inline constexpr int kMapSharedValidate = 0x03;
inline constexpr int kMapTypeMask = 0x0f;
inline constexpr int kMapFixed = 0x10;
inline constexpr int kMapAnonymous = 0x20;
inline constexpr int kMap32Bit = 0x40;
inline constexpr int kMapGrowsDown = 0x0100;
inline constexpr int kMapDenyWrite = 0x0800;
inline constexpr int kMapExecutable = 0x1000;
inline constexpr int kMapLocked = 0x2000;
inline constexpr int kMapNoReserve = 0x4000;
inline constexpr int kMapPopulate = 0x8000;
inline constexpr int kMapNonblock = 0x1'0000;
inline constexpr int kMapStack = 0x2'0000;
inline constexpr int kMapHugetlb = 0x4'0000;
inline constexpr int kMapSync = 0x8'0000;
inline constexpr int kMapFixedNoReplace = 0x10'0000;
inline constexpr int kMapUninitialized = 0x400'0000;
inline constexpr int kMapHugeSizes = 0x7c00'0000; // the size of a huge page, from MAP_HUGE_SHIFT on
// The flags that MAP_SHARED_VALIDATE knows without the file's help: linux/mman.h LEGACY_MAP_MASK.
inline constexpr int kMapLegacyFlags = kMapShared | kMapPrivate | kMapFixed | kMapAnonymous | kMap32Bit | kMapGrowsDown
    | kMapDenyWrite | kMapExecutable | kMapLocked | kMapNoReserve | kMapPopulate | kMapNonblock | kMapStack
    | kMapHugetlb | kMapUninitialized | kMapHugeSizes;

inline constexpr int kMremapMayMove = 1;
inline constexpr int kMremapFixed = 2;
inline constexpr int kMremapDontUnmap = 4;

inline constexpr int kMsyncAsync = 1;
inline constexpr int kMsyncInvalidate = 2;
inline constexpr int kMsyncSync = 4;

inline constexpr int kMadvNormal = 0;
inline constexpr int kMadvRandom = 1;
inline constexpr int kMadvSequential = 2;
inline constexpr int kMadvWillNeed = 3;
inline constexpr int kMadvDontNeed = 4;
inline constexpr int kMadvFree = 8;
inline constexpr int kMadvRemove = 9;
inline constexpr int kMadvDontFork = 10;
inline constexpr int kMadvDoFork = 11;
inline constexpr int kMadvMergeable = 12;
inline constexpr int kMadvUnmergeable = 13;
inline constexpr int kMadvHugePage = 14;
inline constexpr int kMadvNoHugePage = 15;
inline constexpr int kMadvDontDump = 16;
inline constexpr int kMadvDoDump = 17;
inline constexpr int kMadvWipeOnFork = 18;
inline constexpr int kMadvKeepOnFork = 19;
inline constexpr int kMadvCold = 20;
inline constexpr int kMadvPageOut = 21;
inline constexpr int kMadvPopulateRead = 22;
inline constexpr int kMadvPopulateWrite = 23;
inline constexpr int kMadvDontNeedLocked = 24;
inline constexpr int kMadvCollapse = 25;

} // namespace farl
