// Stands between a program and the C library's file calls (LD_PRELOAD): counts those below one folder, lets one fail, ends the process at one, and
// writes a journal of what reached which file. Compiled by the tests that use it (Tests/EndToEnd/Faults); no part of the program.
//
// Whatever is here runs inside other libraries' calls, also before the Swift runtime of the program is up: no lazy globals, no classes, no arrays.
import Glibc
import Synchronization

// MARK: The page of control, a file that the test maps too

/// Where the test writes its wishes and reads what came of them; `FaultControl` of the tests has the same layout.
private enum Field: Int {
    case calls = 0, first = 8, last = 16, code = 24, action = 32, counts = 40, isJournalling = 48, injected = 56, ownerLock = 64
    /// Texts, ended by a zero.
    case folder = 512, journal = 2048
    /// A record a call: its name (24 bytes), its path.
    case records = 4096
}
private let recordSize = 256
private let recordCount = 1 << 15
private let controlSize = 4096 + recordSize * recordCount

private enum Action { static let none = 0, fail = 1, killBefore = 2, killAfter = 3 }
/// What a call may do to a file. `counts` is the least that a call must do to be counted.
private enum Weight { static let looks = 0, changes = 1, grows = 2 }
/// Instead of an error: half of what was asked is read or written.
private let short = -1

private nonisolated(unsafe) var mapped: UnsafeMutableRawPointer?
private nonisolated(unsafe) var journalFile: Int32 = -1

/// Nil in a process that was not given a page, or before it is mapped.
private func control() -> UnsafeMutableRawPointer? {
    if let mapped { return mapped }
    guard let path = getenv("EMOLAB_FAULTS") else { return nil }
    let file = Next.open(path, O_RDWR | O_CLOEXEC, 0)
    guard file >= 0 else { return nil }
    let page = Next.mmap(nil, controlSize, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    _ = Next.close(file)
    guard page != MAP_FAILED else { return nil }
    mapped = page
    return page
}

private func field(_ page: UnsafeMutableRawPointer, _ field: Field) -> Int { page.load(fromByteOffset: field.rawValue, as: Int.self) }

private func counter(_ page: UnsafeMutableRawPointer, _ field: Field) -> UnsafeMutablePointer<Atomic<Int>> {
    (page + field.rawValue).assumingMemoryBound(to: Atomic<Int>.self)
}

// MARK: One call

private struct Call {
    /// From 1; 0 where it is none of the test's business.
    var number = 0
    var fails = false
    var isShort = false
    var isJournalled = false
    /// A file that came into being with the call.
    var isNew = false
}

/// Whether `path`, which may be relative to the working folder, lies below the folder of the test.
private func isBelow(_ page: UnsafeMutableRawPointer, _ path: UnsafePointer<CChar>) -> Bool {
    let folder = (page + Field.folder.rawValue).assumingMemoryBound(to: CChar.self)
    let length = strlen(folder)
    return strncmp(path, folder, length) == 0 && (path[length] == 0x2f || path[length] == 0)
}

private func begin(_ name: StaticString, _ path: UnsafePointer<CChar>?, _ weight: Int, new: Bool = false) -> Call {
    guard let page = control(), let path, isBelow(page, path) else { return Call() }
    var call = Call()
    call.isNew = new
    call.isJournalled = weight >= Weight.changes && field(page, .isJournalling) != 0
    if call.isJournalled { lock(page) }
    guard weight >= field(page, .counts) else { return call }
    call.number = counter(page, .calls).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
    if call.number <= recordCount {
        let record = page + Field.records.rawValue + recordSize * (call.number - 1)
        memcpy(record, name.utf8Start, min(name.utf8CodeUnitCount, 23))
        strncpy((record + 24).assumingMemoryBound(to: CChar.self), path, recordSize - 25)
    }
    guard call.number >= field(page, .first), call.number <= field(page, .last) else { return call }
    switch field(page, .action) {
    case Action.killBefore: die(page)
    case Action.fail:
        let code = field(page, .code)
        _ = counter(page, .injected).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if code == short {
            call.isShort = true
        } else {
            call.fails = true
            errno = Int32(code)
            if call.isJournalled { unlock(page) }
        }
    default: break
    }
    return call
}

private func begin(_ name: StaticString, _ file: Int32, _ weight: Int) -> Call {
    guard file >= 0, let page = control() else { return Call() }
    // The program's own words are met where every call is; a full disk and an end are tried on its files.
    guard file > STDERR_FILENO || field(page, .counts) == Weight.looks else { return Call() }
    return withPath(of: file) { begin(name, $0, weight) }
}

/// After the call itself; keeps its error number.
private func end(_ call: Call, _ journalling: () -> Void = {}) {
    guard call.number > 0 || call.isJournalled, let page = control() else { return }
    let code = errno
    if call.isJournalled {
        journalling()
        unlock(page)
    }
    if call.number > 0, field(page, .action) == Action.killAfter, call.number == field(page, .first) { die(page) }
    errno = code
}

private func die(_ page: UnsafeMutableRawPointer) {
    _ = counter(page, .injected).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while true { kill(getpid(), SIGKILL) }
}

/// Held around a change and its line in the journal, so that the journal has them in their order.
private func lock(_ page: UnsafeMutableRawPointer) {
    while !counter(page, .ownerLock).pointee.compareExchange(expected: 0, desired: 1, ordering: .sequentiallyConsistent).exchanged {
        sched_yield()
    }
}

private func unlock(_ page: UnsafeMutableRawPointer) { counter(page, .ownerLock).pointee.store(0, ordering: .sequentiallyConsistent) }

private func withPath<Result>(of file: Int32, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    let code = errno
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4200) { text in
        let link = text.baseAddress! + 4100
        // "/proc/self/fd/" and up to ten digits.
        strcpy(link, "/proc/self/fd/")
        var digits = link + 14, divisor: Int32 = 1_000_000_000
        while divisor > 1, file / divisor == 0 { divisor /= 10 }
        while divisor > 0 {
            digits.pointee = CChar(48 + file / divisor % 10)
            digits += 1
            divisor /= 10
        }
        digits.pointee = 0
        let length = readlink(link, text.baseAddress!, 4095)
        errno = code
        guard length > 0 else { return body(nil) }
        text[length] = 0
        return body(text.baseAddress!)
    }
}

/// A path as the program gave it, made whole: below `folder` (AT_FDCWD: the working folder) where it is relative.
private func withPath<Result>(_ path: UnsafePointer<CChar>?, in folder: Int32 = AT_FDCWD, _ body: (UnsafePointer<CChar>?) -> Result)
    -> Result
{
    guard let path, path[0] != 0x2f, control() != nil else { return body(path) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8400) { text in
        let code = errno
        let length = readlink(folder == AT_FDCWD ? "/proc/self/cwd" : "/nowhere", text.baseAddress!, 4095)
        errno = code
        guard length > 0, strlen(path) < 4000 else { return body(path) }
        text[length] = 0x2f
        strcpy(text.baseAddress! + length + 1, path)
        return body(text.baseAddress!)
    }
}

private func exists(_ path: UnsafePointer<CChar>?) -> Bool {
    guard let path else { return false }
    let code = errno
    defer { errno = code }
    return Next.access(path, F_OK) == 0
}

// MARK: Journal

/// What `CrashState` of the tests replays.
private enum Entry {
    static let create = 1, truncate = 2, write = 3, sync = 4, rename = 5, unlink = 6, folder = 7, told = 8, mapped = 9, removeFolder = 10
}

private func journal(
    _ entry: Int, _ call: Int, file: Int = 0, offset: Int = 0, path: UnsafePointer<CChar>? = nil, other: UnsafePointer<CChar>? = nil,
    bytes: UnsafeRawPointer? = nil, count: Int = 0
) {
    guard let page = control() else { return }
    if journalFile < 0 {
        journalFile = Next.open(
            (page + Field.journal.rawValue).assumingMemoryBound(to: CChar.self), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }
    var head = (entry, call, file, offset, path.map { Int(strlen($0)) } ?? 0, other.map { Int(strlen($0)) } ?? 0, count)
    _ = Next.write(journalFile, &head, 56)
    if let path { _ = Next.write(journalFile, path, Int(strlen(path))) }
    if let other { _ = Next.write(journalFile, other, Int(strlen(other))) }
    var done = 0
    while done < count {
        let written = Next.write(journalFile, bytes! + done, count - done)
        guard written > 0 else { return }
        done += written
    }
}

private func identity(_ file: Int32) -> Int {
    var about = stat()
    return Next.fstat(file, &about) == 0 ? Int(about.st_ino) : 0
}

private func journalWrite(_ call: Call, _ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, at offset: Int) {
    guard count > 0 else { return }
    withPath(of: file) { journal(Entry.write, call.number, file: identity(file), offset: offset, path: $0, bytes: bytes, count: count) }
}

// MARK: The calls behind

private enum Next {
    static func named<Function>(_ name: StaticString, _: Function.Type) -> Function {
        // RTLD_NEXT; a C library without one of these names is none that the program was built with.
        name.withUTF8Buffer {
            unsafeBitCast(
                dlsym(UnsafeMutableRawPointer(bitPattern: -1), UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self)),
                to: Function.self)
        }
    }

    typealias Open = @convention(c) (UnsafePointer<CChar>?, Int32, mode_t) -> Int32
    typealias Path = @convention(c) (UnsafePointer<CChar>?) -> Int32
    typealias File = @convention(c) (Int32) -> Int32
    typealias Map = @convention(c) (UnsafeMutableRawPointer?, Int, Int32, Int32, Int32, Int) -> UnsafeMutableRawPointer?
    typealias Write = @convention(c) (Int32, UnsafeRawPointer?, Int) -> Int
    typealias Read = @convention(c) (Int32, UnsafeMutableRawPointer?, Int) -> Int
    typealias WriteAt = @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int
    typealias ReadAt = @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int) -> Int
    typealias About = @convention(c) (UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Int32
    typealias Two = @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
    typealias Mode = @convention(c) (UnsafePointer<CChar>?, mode_t) -> Int32

    /// `stdout` by its name: the imported variable is one that anybody may change.
    static var standardOutput: OpaquePointer? { dlsym(nil, "stdout")?.load(as: OpaquePointer?.self) }
    static func open(_ path: UnsafePointer<CChar>?, _ flags: Int32, _ mode: mode_t) -> Int32 { named("open", Open.self)(path, flags, mode) }
    static func close(_ file: Int32) -> Int32 { named("close", File.self)(file) }
    static func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { named("write", Write.self)(file, bytes, count) }
    static func access(_ path: UnsafePointer<CChar>?, _ mode: Int32) -> Int32 {
        named("access", (@convention(c) (UnsafePointer<CChar>?, Int32) -> Int32).self)(path, mode)
    }
    static func fstat(_ file: Int32, _ about: UnsafeMutableRawPointer?) -> Int32 {
        named("fstat", (@convention(c) (Int32, UnsafeMutableRawPointer?) -> Int32).self)(file, about)
    }
    static func mmap(_ a: UnsafeMutableRawPointer?, _ n: Int, _ p: Int32, _ f: Int32, _ file: Int32, _ o: Int) -> UnsafeMutableRawPointer? {
        named("mmap", Map.self)(a, n, p, f, file, o)
    }
}

// MARK: What is interposed: opening

private func opened(_ name: StaticString, _ path: UnsafePointer<CChar>?, _ flags: Int32, _ real: () -> Int32) -> Int32 {
    let mayChange = flags & (O_CREAT | O_TRUNC) != 0
    let isNew = mayChange && !exists(path)
    let call = begin(name, path, isNew ? Weight.grows : mayChange && flags & O_TRUNC != 0 ? Weight.changes : Weight.looks, new: isNew)
    if call.fails { return -1 }
    let file = real()
    end(call) {
        guard file >= 0 else { return }
        if call.isNew {
            journal(Entry.create, call.number, file: identity(file), path: path)
        } else if flags & O_TRUNC != 0 {
            journal(Entry.truncate, call.number, file: identity(file), path: path)
        }
    }
    return file
}

@c(open) public func faultyOpen(_ path: UnsafePointer<CChar>?, _ flags: Int32, _ mode: mode_t) -> Int32 {
    withPath(path) { whole in opened("open", whole, flags) { Next.open(path, flags, mode) } }
}
@c(open64) public func faultyOpen64(_ path: UnsafePointer<CChar>?, _ flags: Int32, _ mode: mode_t) -> Int32 {
    withPath(path) { whole in opened("open", whole, flags) { Next.open(path, flags, mode) } }
}
@c(openat) public func faultyOpenAt(_ folder: Int32, _ path: UnsafePointer<CChar>?, _ flags: Int32, _ mode: mode_t) -> Int32 {
    withPath(path, in: folder) { whole in
        opened("openat", whole, flags) {
            Next.named("openat", (@convention(c) (Int32, UnsafePointer<CChar>?, Int32, mode_t) -> Int32).self)(folder, path, flags, mode)
        }
    }
}
@c(mkstemp) public func faultyTemporary(_ path: UnsafeMutablePointer<CChar>?) -> Int32 {
    let call = begin("mkstemp", path, Weight.grows, new: true)
    if call.fails { return -1 }
    let file = Next.named("mkstemp", (@convention(c) (UnsafeMutablePointer<CChar>?) -> Int32).self)(path)
    end(call) { if file >= 0 { journal(Entry.create, call.number, file: identity(file), path: path) } }
    return file
}
@c(close) public func faultyClose(_ file: Int32) -> Int32 {
    let call = begin("close", file, Weight.looks)
    // The file is closed all the same, as Linux does it.
    let result = Next.close(file)
    if call.fails {
        errno = Int32(field(control()!, .code))
        return -1
    }
    end(call)
    return result
}
@c(opendir) public func faultyOpenFolder(_ path: UnsafePointer<CChar>?) -> OpaquePointer? {
    let call = withPath(path) { begin("opendir", $0, Weight.looks) }
    if call.fails { return nil }
    let result = Next.named("opendir", (@convention(c) (UnsafePointer<CChar>?) -> OpaquePointer?).self)(path)
    end(call)
    return result
}

// MARK: Reading and writing

@c(read) public func faultyRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    let call = begin("read", file, Weight.looks)
    if call.fails { return -1 }
    let result = Next.named("read", Next.Read.self)(file, bytes, call.isShort ? (count + 1) / 2 : count)
    end(call)
    return result
}
private func readAt(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int) -> Int {
    let call = begin("pread", file, Weight.looks)
    if call.fails { return -1 }
    let result = Next.named("pread", Next.ReadAt.self)(file, bytes, call.isShort ? (count + 1) / 2 : count, offset)
    end(call)
    return result
}
@c(pread) public func faultyReadAt(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int) -> Int {
    readAt(file, bytes, count, offset)
}
@c(pread64) public func faultyReadAt64(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int) -> Int {
    readAt(file, bytes, count, offset)
}

@c(write) public func faultyWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    let call = begin("write", file, Weight.grows)
    if call.fails { return -1 }
    let result = Next.write(file, bytes, call.isShort ? (count + 1) / 2 : count)
    end(call) { if result > 0 { journalWrite(call, file, bytes, result, at: Int(lseek(file, 0, SEEK_CUR)) - result) } }
    return result
}
private func writeAt(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
    let call = begin("pwrite", file, Weight.grows)
    if call.fails { return -1 }
    let result = Next.named("pwrite", Next.WriteAt.self)(file, bytes, call.isShort ? (count + 1) / 2 : count, offset)
    end(call) { journalWrite(call, file, bytes, result, at: offset) }
    return result
}
@c(pwrite) public func faultyWriteAt(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
    writeAt(file, bytes, count, offset)
}
@c(pwrite64) public func faultyWriteAt64(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
    writeAt(file, bytes, count, offset)
}

@c(sendfile) public func faultySendFile(_ output: Int32, _ input: Int32, _ offset: UnsafeMutablePointer<Int>?, _ count: Int) -> Int {
    let call = begin("sendfile", output, Weight.grows)
    if call.fails { return -1 }
    let result = Next.named("sendfile", (@convention(c) (Int32, Int32, UnsafeMutablePointer<Int>?, Int) -> Int).self)(
        output, input, offset, count)
    end(call)
    return result
}

/// What the program told its user, in the order of its changes.
@c(fwrite) public func faultyStreamWrite(_ bytes: UnsafeRawPointer?, _ size: Int, _ count: Int, _ stream: OpaquePointer?) -> Int {
    let result = Next.named("fwrite", (@convention(c) (UnsafeRawPointer?, Int, Int, OpaquePointer?) -> Int).self)(
        bytes, size, count, stream)
    if let page = control(), field(page, .isJournalling) != 0, stream == Next.standardOutput {
        lock(page)
        journal(Entry.told, 0, bytes: bytes, count: size * result)
        unlock(page)
    }
    return result
}

// MARK: Lengths and flushing

private func truncated(_ file: Int32, _ length: Int) -> Int32 {
    let call = begin("ftruncate", file, Weight.changes)
    if call.fails { return -1 }
    let result = Next.named("ftruncate", (@convention(c) (Int32, Int) -> Int32).self)(file, length)
    end(call) {
        if result == 0 { withPath(of: file) { journal(Entry.truncate, call.number, file: identity(file), offset: length, path: $0) } }
    }
    return result
}
@c(ftruncate) public func faultyTruncate(_ file: Int32, _ length: Int) -> Int32 { truncated(file, length) }
@c(ftruncate64) public func faultyTruncate64(_ file: Int32, _ length: Int) -> Int32 { truncated(file, length) }

private func flushed(_ name: StaticString, _ file: Int32) -> Int32 {
    let call = begin(name, file, Weight.changes)
    if call.fails { return -1 }
    let result = Next.named(name, Next.File.self)(file)
    end(call) { if result == 0 { withPath(of: file) { journal(Entry.sync, call.number, file: identity(file), path: $0) } } }
    return result
}
@c(fsync) public func faultyFlush(_ file: Int32) -> Int32 { flushed("fsync", file) }
@c(fdatasync) public func faultyFlushData(_ file: Int32) -> Int32 { flushed("fdatasync", file) }

// MARK: Names

private func renamed(_ from: UnsafePointer<CChar>?, _ to: UnsafePointer<CChar>?, _ name: StaticString, _ real: () -> Int32) -> Int32 {
    let call = begin(name, to, Weight.changes)
    if call.fails { return -1 }
    let result = real()
    end(call) { if result == 0 { journal(Entry.rename, call.number, path: from, other: to) } }
    return result
}
@c(rename) public func faultyRename(_ from: UnsafePointer<CChar>?, _ to: UnsafePointer<CChar>?) -> Int32 {
    renamed(from, to, "rename") { Next.named("rename", Next.Two.self)(from, to) }
}
@c(renameat) public func faultyRenameAt(_ a: Int32, _ from: UnsafePointer<CChar>?, _ b: Int32, _ to: UnsafePointer<CChar>?) -> Int32 {
    renamed(from, to, "renameat") {
        Next.named("renameat", (@convention(c) (Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?) -> Int32).self)(a, from, b, to)
    }
}
@c(link) public func faultyLink(_ from: UnsafePointer<CChar>?, _ to: UnsafePointer<CChar>?) -> Int32 {
    let call = begin("link", to, Weight.grows)
    if call.fails { return -1 }
    let result = Next.named("link", Next.Two.self)(from, to)
    end(call)
    return result
}
@c(unlink) public func faultyUnlink(_ path: UnsafePointer<CChar>?) -> Int32 {
    let call = begin("unlink", path, Weight.changes)
    if call.fails { return -1 }
    let result = Next.named("unlink", Next.Path.self)(path)
    end(call) { if result == 0 { journal(Entry.unlink, call.number, path: path) } }
    return result
}
@c(rmdir) public func faultyRemoveFolder(_ path: UnsafePointer<CChar>?) -> Int32 {
    let call = begin("rmdir", path, Weight.changes)
    if call.fails { return -1 }
    let result = Next.named("rmdir", Next.Path.self)(path)
    end(call) { if result == 0 { journal(Entry.removeFolder, call.number, path: path) } }
    return result
}
@c(mkdir) public func faultyMakeFolder(_ path: UnsafePointer<CChar>?, _ mode: mode_t) -> Int32 {
    let call = begin("mkdir", path, Weight.grows)
    if call.fails { return -1 }
    let result = Next.named("mkdir", Next.Mode.self)(path, mode)
    end(call) { if result == 0 { journal(Entry.folder, call.number, path: path) } }
    return result
}

// MARK: Looking

private func looked(_ name: StaticString, _ path: UnsafePointer<CChar>?, _ real: () -> Int32) -> Int32 {
    let call = withPath(path) { begin(name, $0, Weight.looks) }
    if call.fails { return -1 }
    let result = real()
    end(call)
    return result
}
@c(stat) public func faultyStat(_ path: UnsafePointer<CChar>?, _ about: UnsafeMutableRawPointer?) -> Int32 {
    looked("stat", path) { Next.named("stat", Next.About.self)(path, about) }
}
@c(stat64) public func faultyStat64(_ path: UnsafePointer<CChar>?, _ about: UnsafeMutableRawPointer?) -> Int32 {
    looked("stat", path) { Next.named("stat64", Next.About.self)(path, about) }
}
@c(lstat) public func faultyLinkStat(_ path: UnsafePointer<CChar>?, _ about: UnsafeMutableRawPointer?) -> Int32 {
    looked("lstat", path) { Next.named("lstat", Next.About.self)(path, about) }
}
@c(lstat64) public func faultyLinkStat64(_ path: UnsafePointer<CChar>?, _ about: UnsafeMutableRawPointer?) -> Int32 {
    looked("lstat", path) { Next.named("lstat64", Next.About.self)(path, about) }
}
@c(access) public func faultyAccess(_ path: UnsafePointer<CChar>?, _ mode: Int32) -> Int32 {
    looked("access", path) { Next.access(path, mode) }
}
private func statted(_ file: Int32, _ about: UnsafeMutableRawPointer?) -> Int32 {
    let call = begin("fstat", file, Weight.looks)
    if call.fails { return -1 }
    let result = Next.fstat(file, about)
    end(call)
    return result
}
@c(fstat) public func faultyFileStat(_ file: Int32, _ about: UnsafeMutableRawPointer?) -> Int32 { statted(file, about) }
@c(fstat64) public func faultyFileStat64(_ file: Int32, _ about: UnsafeMutableRawPointer?) -> Int32 { statted(file, about) }

// MARK: Locks, permissions, memory

private func controlled(_ file: Int32, _ command: Int32, _ argument: Int) -> Int32 {
    let real = Next.named("fcntl", (@convention(c) (Int32, Int32, Int) -> Int32).self)
    // Flags of descriptors and their copies meet no disk.
    guard command == F_SETLK || command == F_SETLKW || command == F_GETLK else { return real(file, command, argument) }
    let call = begin("fcntl", file, Weight.looks)
    if call.fails { return -1 }
    let result = real(file, command, argument)
    end(call)
    return result
}
@c(fcntl) public func faultyControl(_ file: Int32, _ command: Int32, _ argument: Int) -> Int32 { controlled(file, command, argument) }
@c(fcntl64) public func faultyControl64(_ file: Int32, _ command: Int32, _ argument: Int) -> Int32 { controlled(file, command, argument) }
@c(flock) public func faultyLock(_ file: Int32, _ operation: Int32) -> Int32 {
    let call = begin("flock", file, Weight.looks)
    if call.fails { return -1 }
    let result = Next.named("flock", (@convention(c) (Int32, Int32) -> Int32).self)(file, operation)
    end(call)
    return result
}
@c(chmod) public func faultyMode(_ path: UnsafePointer<CChar>?, _ mode: mode_t) -> Int32 {
    looked("chmod", path) { Next.named("chmod", Next.Mode.self)(path, mode) }
}
@c(fchmod) public func faultyFileMode(_ file: Int32, _ mode: mode_t) -> Int32 {
    let call = begin("fchmod", file, Weight.looks)
    if call.fails { return -1 }
    let result = Next.named("fchmod", (@convention(c) (Int32, mode_t) -> Int32).self)(file, mode)
    end(call)
    return result
}
private func mapping(_ address: UnsafeMutableRawPointer?, _ length: Int, _ protection: Int32, _ flags: Int32, _ file: Int32, _ offset: Int)
    -> UnsafeMutableRawPointer?
{
    let isWritten = protection & PROT_WRITE != 0 && flags & MAP_SHARED != 0
    let call = file >= 0 ? begin("mmap", file, isWritten ? Weight.changes : Weight.looks) : Call()
    if call.fails { return MAP_FAILED }
    let result = Next.mmap(address, length, protection, flags, file, offset)
    end(call) { withPath(of: file) { journal(Entry.mapped, call.number, file: identity(file), path: $0) } }
    return result
}
@c(mmap) public func faultyMap(_ a: UnsafeMutableRawPointer?, _ n: Int, _ p: Int32, _ f: Int32, _ file: Int32, _ o: Int)
    -> UnsafeMutableRawPointer?
{ mapping(a, n, p, f, file, o) }
@c(mmap64) public func faultyMap64(_ a: UnsafeMutableRawPointer?, _ n: Int, _ p: Int32, _ f: Int32, _ file: Int32, _ o: Int)
    -> UnsafeMutableRawPointer?
{ mapping(a, n, p, f, file, o) }
