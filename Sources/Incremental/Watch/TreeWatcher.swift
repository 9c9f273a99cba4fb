import Dispatch
import Glibc
import SystemPackage

/// Follows the package directories of a tree, and other folders, through inotify, and tells in batches what may
/// have changed. Start it before the first look at the tree: nothing that happens after `start` is missed.
package actor TreeWatcher {
  /// When a batch is complete.
  package struct Timing: Sendable {
    /// After the last event.
    package var quiet: DispatchTimeInterval = .milliseconds(60)
    /// After the first event, however busy it stays.
    package var atMost: DispatchTimeInterval = .seconds(1)
    /// A lock of git's index older than this is one that a dead git left behind.
    package var lock: DispatchTimeInterval = .seconds(10)
    /// After the last event of a rebase: between its steps nothing else tells that it goes on.
    package var rebase: DispatchTimeInterval = .seconds(1)
    /// Within it, only a few lone saves are told at once; more are gathered.
    package var burst: DispatchTimeInterval = .milliseconds(100)
    package init() {}
  }

  private let executor: QueueExecutor
  nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  nonisolated package let tree: FilePath
  private let scope: WatchScope
  private let timing: Timing
  private let git: GitActivity?
  private let kernel: WatchSources

  private var folders = WatchedFolders()
  /// The watch on the folder of git's index lock.
  private var lockWatch: Int32?
  private var pending: ChangeBatch?
  private var firstEvent: DispatchTime?
  private var lastEvent: DispatchTime?
  /// New files that something may still be writing, and until when that is believed.
  private var unfinished: [String: DispatchTime] = [:]
  private var settling: Settling
  /// Something right below the tree was deleted.
  private var mayBeGone = false

  private var ready: ChangeBatch?
  private var ended: Result<Void, WatchError>?
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// `indexLock` is git's, if the tree is in git: no batch ends while it is held.
  package static func start(
    tree: FilePath, scope: WatchScope, indexLock: FilePath? = nil, timing: Timing = Timing()
  ) async throws(WatchError) -> TreeWatcher {
    let watcher = try TreeWatcher(tree: tree, scope: scope, indexLock: indexLock, timing: timing)
    try await watcher.begin()
    return watcher
  }

  private init(tree: FilePath, scope: WatchScope, indexLock: FilePath?, timing: Timing) throws(WatchError) {
    self.tree = tree
    self.scope = scope
    self.timing = timing
    settling = Settling(burst: timing.burst)
    git = indexLock.map { GitActivity(indexLock: $0) }
    executor = QueueExecutor("tree watcher")
    do { kernel = try WatchSources(queue: executor.queue) } catch {
      throw WatchError(error, path: tree.string)
    }
  }

  private func begin() throws(WatchError) {
    kernel.start(
      events: { [weak self] in self?.assumeIsolated { $0.drain() } },
      timer: { [weak self] in self?.assumeIsolated { $0.timeIsUp() } })
    try watch("", report: false)
    guard folders.contains("") else { throw .treeGone(tree: tree.string) }
    if let folder = git?.folder {
      lockWatch = try? kernel.inotify.add(folder.string, [.delete, .movedFrom, .onlyFolder])
    }
  }

  /// Folders being watched.
  package var folderCount: Int { folders.count }

  // MARK: For the one who wants to know

  /// The next batch, as soon as there is one; what happens while nobody asks is gathered into one. Nil when the
  /// watcher was stopped or the asking task cancelled.
  package func next() async throws(WatchError) -> ChangeBatch? {
    while !Task.isCancelled {
      if let batch = ready {
        ready = nil
        return batch
      }
      if let ended {
        try ended.get()
        return nil
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { waiting.append($0) }
      } onCancel: {
        Task { await self.wake() }
      }
    }
    return nil
  }

  /// Ends the current batch at once, with everything that had happened when this was called.
  /// Returns whether there is a batch to take.
  @discardableResult
  package func settled() -> Bool {
    drain()
    for path in unfinished.keys { note(path) }
    flush()
    return ready != nil
  }

  package func stop() { end(.success(())) }

  private func wake() {
    let all = waiting
    waiting = []
    for continuation in all { continuation.resume() }
  }

  private func end(_ result: Result<Void, WatchError>) {
    guard ended == nil else { return }
    ended = result
    kernel.stop()
    wake()
  }

  // MARK: Batches

  private func note(_ path: String) { add(.paths([path])) }

  private func add(_ batch: ChangeBatch) {
    // in place: a set of thousands is not copied for each event
    if case .paths(var paths) = pending, case .paths(let more) = batch {
      pending = nil
      paths.formUnion(more)
      pending = .paths(paths)
    } else {
      pending = pending?.merged(with: batch) ?? batch
    }
    if case .paths(let paths) = batch { for path in paths { unfinished[path] = nil } }
    if firstEvent == nil { firstEvent = .now() }
  }

  /// A file of which there is nothing to say.
  private func forget(_ path: String) {
    unfinished[path] = nil
    guard case .paths(var paths) = pending else { return }
    pending = nil
    paths.remove(path)
    if !paths.isEmpty { pending = .paths(paths) }
  }

  private func arm() {
    var due = unfinished.values.min()
    if pending != nil, let firstEvent {
      due = min(due ?? .distantFuture, min(.now() + timing.quiet, firstEvent + timing.atMost))
    }
    if mayBeGone { due = min(due ?? .distantFuture, .now() + timing.quiet) }
    if let due { kernel.wake(at: due) }
  }

  private func timeIsUp() {
    drain()
    if mayBeGone, !isTreeThere { return end(.failure(.treeGone(tree: tree.string))) }
    mayBeGone = false
    let now = DispatchTime.now()
    for (path, until) in unfinished where until <= now { note(path) }
    guard pending != nil else { return arm() }
    if let left = lockTimeLeft {
      settling.hold()
      return kernel.wake(at: now + left)  // or earlier, when it goes
    }
    if git?.isInSequence == true, let lastEvent, now < lastEvent + timing.rebase {
      return kernel.wake(at: lastEvent + timing.rebase)
    }
    flush()
    arm()
  }

  private func flush() {
    guard let batch = pending else { return }
    pending = nil
    firstEvent = nil
    settling.clear()
    ready = ready?.merged(with: batch) ?? batch
    wake()
  }

  // MARK: Events

  private func drain() {
    guard ended == nil else { return }
    do {
      var events = try kernel.inotify.read()
      let isNew = !events.isEmpty
      var isHeld = false
      repeat {
        for event in events { try handle(event) }
        isHeld = pending != nil && isGitAtWork
        // asked first and read after: git's last events are queued before it lets go
        events = try kernel.inotify.read()
      } while !events.isEmpty
      if isNew { lastEvent = .now() }
      if isHeld { settling.hold() }
      if pending == nil, unfinished.isEmpty {
        settling.clear()
        firstEvent = nil
      } else if pending != nil, unfinished.isEmpty, settling.handOver() {
        flush()
      }
      if isNew { arm() }
    } catch let error as WatchError {
      end(.failure(error))
    } catch let error as Errno {
      end(.failure(.failed(path: tree.string, error)))
    } catch {
      preconditionFailure("the two calls above throw nothing else: \(error)")
    }
  }

  /// Many files will change, and the tree in between is nobody's.
  private var isGitAtWork: Bool { lockTimeLeft != nil || git?.isInSequence == true }

  /// For which git's lock is believed; nil when there is none.
  private var lockTimeLeft: DispatchTimeInterval? {
    guard let age = git?.lockAge else { return nil }
    let start = DispatchTime.now().uptimeNanoseconds
    let until = (DispatchTime(uptimeNanoseconds: start) + timing.lock).uptimeNanoseconds - start
    return age < until ? .nanoseconds(Int(until - age)) : nil
  }

  /// The kernel tells that a folder was deleted when nobody has it open any more, which may be never.
  private var isTreeThere: Bool {
    guard let watch = try? kernel.inotify.add(tree.string, TreeWatcher.flags) else { return false }
    return folders.path(of: watch) == ""
  }

  private func handle(_ event: INotify.Event) throws(WatchError) {
    if event.flags.contains(.overflow) { return try startOver() }
    if event.watch == lockWatch {
      // it may take the lock again at once: the batch waits until it is quiet
      if event.name == git?.lockName, pending != nil { settling.hold() }
      return
    }
    guard let folder = folders.path(of: event.watch) else { return }  // of a folder that has gone
    if event.flags.contains(.ignored) { return folders.dropped(event.watch) }
    if !event.flags.isDisjoint(with: [.deleteSelf, .moveSelf, .unmount]) {
      if folder.isEmpty { throw .treeGone(tree: tree.string) }
      return  // its parent tells
    }
    guard let name = event.name else { return }  // the folder's own attributes
    if folder.isEmpty, event.flags.contains(.delete) { mayBeGone = true }
    try handle(folder.isEmpty ? name : folder + "/" + name, name: name, event.flags)
  }

  private func handle(_ path: String, name: String, _ flags: INotify.Flags) throws(WatchError) {
    // a folder's other attributes say nothing, unless they let us in
    if flags.isSuperset(of: [.attributes, .isFolder]), folders.contains(path) { return }
    switch scope.visiblePlace(of: path, name: name) {
    case .outside: return
    case .above:
      settling.hold()
      try refresh(path)
      for root in scope.roots(below: path) { note(root) }
    case .root:
      if flags.contains(.isFolder) { settling.hold() } else { settling.note(Settling.Event(flags), path) }
      try refresh(path)
      note(path)
    case .inside where flags.contains(.isFolder):
      settling.hold()
      try refresh(path)
      note(path)
    case .inside where flags.contains(.create) && isBeingWritten(path):
      settling.note(.made, path)
      unfinished[path] = .now() + timing.atMost
    case .inside:
      if settling.note(Settling.Event(flags), path) { forget(path) } else { note(path) }
    }
  }

  /// A new regular file with one name is mostly open: its writer's close is the better moment. A second name
  /// (a hard link) or a symbolic link is complete, and nothing more will be told about it.
  private func isBeingWritten(_ path: String) -> Bool {
    var status = stat()
    guard lstat(tree.appending(path).string, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
  }

  // MARK: Folders

  private static let flags: INotify.Flags = [
    .closeWrite, .attributes, .movedFrom, .movedTo, .create, .delete, .deleteSelf, .moveSelf, .onlyFolder,
    .exceptUnlinked,
  ]

  /// Brings the watches at and below a folder in line with what is there now; whatever had happened to it:
  /// made, moved in or out, replaced, exchanged with another, deleted.
  private func refresh(_ path: String) throws(WatchError) {
    for watch in folders.remove(path) { kernel.inotify.remove(watch) }
    try watch(path, report: true)
  }

  private func startOver() throws(WatchError) {
    add(.everything)
    settling.hold()
    unfinished = [:]
    try refresh("")
    if !folders.contains("") { throw .treeGone(tree: tree.string) }
  }

  /// Watches first and lists after: what comes in between is told twice, never missed. `report`s each file found.
  private func watch(_ path: String, report: Bool) throws(WatchError) {
    let place = scope.place(of: path)
    let absolute = path.isEmpty ? tree.string : tree.appending(path).string
    let entries: [FolderEntry]
    do {
      let flags = place == .inside ? TreeWatcher.flags.union(.dontFollow) : TreeWatcher.flags
      folders.insert(path, watch: try kernel.inotify.add(absolute, flags))
      entries = try FolderEntry.list(absolute)
    } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels {
      return  // gone again, or no folder
    } catch .permissionDenied {
      return note(path)  // whoever looks there says so
    } catch {
      throw WatchError(error, path: absolute)
    }
    for entry in entries {
      let child = path.isEmpty ? entry.name : path + "/" + entry.name
      switch scope.visiblePlace(of: child, name: entry.name) {
      case .outside: continue
      case .above: try watch(child, report: report)
      case .root:
        try watch(child, report: report)
        if report, !folders.contains(child) { note(child) }
      case .inside:
        if entry.isFolder { try watch(child, report: report) } else if report { note(child) }
      }
    }
  }
}

extension Settling.Event {
  init(_ flags: INotify.Flags) {
    self =
      if flags.contains(.closeWrite) {
        .closed
      } else if flags.contains(.movedTo) {
        .arrived
      } else if flags.contains(.create) {
        .made
      } else if flags.contains(.attributes) {
        .attributes
      } else {
        .left
      }
  }
}
