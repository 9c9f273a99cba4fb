import AzureLinux
import Dispatch
import Foundation
import Glibc
import Storage
import Synchronization
import SystemPackage

/// A look at all files of a glance, thousands of them. Another thread begins as soon as this is made; whoever asks for the
/// outcome helps, so that until then it can do what has to be done meanwhile.
package final class GlanceLook: Sendable {
  package let tree: FilePath
  private let file: FilePath
  private let root: Int32
  /// Left when there is something to look at, and when the other thread is at its end.
  private let known = DispatchGroup()
  private let ended = DispatchGroup()
  // because they are written before `known` is left, and only read afterwards
  nonisolated(unsafe) private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  nonisolated(unsafe) private var views: [DirectoryRecord.View] = []
  private let taken = Atomic(0)
  private let isSame = Atomic(true)

  /// - Parameter file: where the glance is.
  package init(at file: FilePath, in tree: FilePath) {
    self.file = file
    self.tree = tree
    root = open(tree.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    known.enter()
    ended.enter()
    let me = Unmanaged.passRetained(self)
    var thread = pthread_t()
    // a thread of its own: the first of dispatch starts a millisecond later, and Foundation does not say if none starts
    let status = pthread_create(
      &thread, nil,
      { me in
        // because it was given away below, to this thread alone
        if let me { Unmanaged<GlanceLook>.fromOpaque(me).takeRetainedValue().run() }
        return nil
      }, me.toOpaque())
    if status == 0 { pthread_detach(thread) } else { me.takeRetainedValue().run() }
  }

  private func run() {
    if root < 0 || !read() { isSame.store(false, ordering: .relaxed) }
    known.leave()
    look()
    ended.leave()
  }

  deinit {
    bytes.deallocate()
    if root >= 0 { close(root) }
  }

  /// Whether everything that this answer was made from is as it was.
  package func holds(of answer: String) -> Bool {
    known.wait()
    guard isSame.load(ordering: .relaxed),
      Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[32..<64])) == Glance.digest(answer)
    else {
      abandon()
      return false
    }
    look()
    ended.wait()
    return isSame.load(ordering: .relaxed)
  }

  /// Ends it; to be called where nobody asks for the outcome before the process ends.
  package func abandon() {
    isSame.store(false, ordering: .relaxed)
    ended.wait()
  }

  /// - Returns: whether it is as it was written.
  private func read() -> Bool {
    guard let data = try? Data(contentsOf: URL(filePath: file.string), options: .alwaysMapped),
      data.count > 72
    else { return false }
    bytes = .allocate(byteCount: data.count, alignment: 8)
    data.copyBytes(to: bytes)
    let record = UnsafeRawBufferPointer(rebasing: bytes[32...])
    let hash = SHA256()
    hash.update(record)
    guard hash.finish() == Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<32])) else { return false }
    return DirectoryRecord.forEach(in: record) { view in
      views.append(view)
      return true
    }
  }

  /// Until nothing is left, or something is not as it was. What was not there must not be there.
  private func look() {
    let some = 64
    while true {
      let start = taken.add(some, ordering: .relaxed).oldValue
      guard start < views.count else { return }
      for view in views[start..<min(start + some, views.count)] {
        guard isSame.load(ordering: .relaxed) else { return }
        if (FileIdentity(view.cString, in: root) ?? .nothing) != view.identity {
          isSame.store(false, ordering: .relaxed)
        }
      }
    }
  }
}
