import AzureLinux
import CRepo
import Foundation
import Synchronization
import SystemPackage

/// librepo's downloader on a thread of its own, since it blocks until the last transfer has ended.
actor Downloader {
  private let executor = BlockingExecutor("downloads")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private let report: ActivityReport

  init(report: @escaping ActivityReport) { self.report = report }

  /// One attempt at each, several at a time. Ends early when the task is cancelled.
  nonisolated func attempt(_ transfers: [Transfer]) async -> [TransferOutcome] {
    let isCancelled = CancellationFlag()
    return await withTaskCancellationHandler {
      var outcomes: [TransferOutcome] = []
      // each transfer has its file open from the start
      for start in stride(from: 0, to: transfers.count, by: 128) {
        outcomes += await run(Array(transfers[start..<min(start + 128, transfers.count)]), isCancelled)
      }
      return outcomes
    } onCancel: {
      isCancelled.set()
    }
  }

  private func run(_ transfers: [Transfer], _ isCancelled: CancellationFlag) -> [TransferOutcome] {
    var handles: [Credentials: OpaquePointer] = [:]
    defer { handles.values.forEach(lr_handle_free) }
    let sizes = transfers.map { Fetching.size($0.partial) }
    let watches = transfers.map { Watch($0.name, isCancelled, report) }
    var targets: [Int: UnsafeMutablePointer<LrDownloadTarget>] = [:]
    defer { targets.values.forEach(lr_downloadtarget_free) }
    var refusals: [Int: TransferOutcome] = [:]
    var list: UnsafeMutablePointer<GSList>?
    defer { g_slist_free(list) }
    var files: [FileDescriptor] = []
    defer { for file in files { try? file.close() } }

    for (index, transfer) in transfers.enumerated() {
      if let path = transfer.localPath, !FileManager.default.fileExists(atPath: path.string) {
        refusals[index] = .notFound
        continue
      }
      let handle = handles[transfer.credentials] ?? Downloader.handle(transfer.credentials)
      handles[transfer.credentials] = handle
      do {
        let file = try FileDescriptor.open(
          transfer.partial, .readWrite, options: [.create, .closeOnExec], permissions: .init(rawValue: 0o644))
        files.append(file)
        let target = Downloader.target(transfer, file, handle, watches[index])
        targets[index] = target
        list = g_slist_append(list, target)
      } catch {
        refusals[index] = .unwritable(error as? Errno ?? .ioError)
      }
    }
    var error: UnsafeMutablePointer<GError>?
    lr_download(list, 0, &error)
    defer { g_clear_error(&error) }
    // because the callbacks hold the watches without counting
    withExtendedLifetime(watches) {}
    return transfers.indices.map { index in
      guard let target = targets[index] else { return refusals[index] ?? .notFound }
      return Downloader.outcome(transfers[index], target.pointee, before: sizes[index], isCancelled)
    }
  }

  /// Because modules never print, which librepo does when something displeases it.
  private static let silence: Void = {
    g_log_set_handler("librepo", GLogLevelFlags(rawValue: ~0), { _, _, _, _ in }, nil)
  }()

  static func handle(_ credentials: Credentials) -> OpaquePointer {
    silence
    let handle = lr_handle_init()!
    crepo_set_number(handle, LRO_MAXPARALLELDOWNLOADS, 8)
    crepo_set_number(handle, LRO_MAXDOWNLOADSPERMIRROR, 8)
    // one attempt: when to try again is decided here, where 404 and 503 are told apart
    crepo_set_number(handle, LRO_ALLOWEDMIRRORFAILURES, 1)
    crepo_set_number(handle, LRO_CONNECTTIMEOUT, 15)
    crepo_set_text(handle, LRO_USERAGENT, "azl-dev")
    if !credentials.isVerifying {
      crepo_set_number(handle, LRO_SSLVERIFYPEER, 0)
      crepo_set_number(handle, LRO_SSLVERIFYHOST, 0)
    }
    if let ca = credentials.ca { crepo_set_text(handle, LRO_SSLCACERT, ca) }
    if let certificate = credentials.certificate { crepo_set_text(handle, LRO_SSLCLIENTCERT, certificate) }
    if let key = credentials.key { crepo_set_text(handle, LRO_SSLCLIENTKEY, key) }
    return handle
  }

  private static func target(
    _ transfer: Transfer, _ file: FileDescriptor, _ handle: OpaquePointer, _ watch: Watch
  ) -> UnsafeMutablePointer<LrDownloadTarget> {
    var checksums: UnsafeMutablePointer<GSList>?
    if let checksum = transfer.checksum {
      // freed with the target
      checksums = g_slist_append(
        nil, lr_downloadtargetchecksum_new(lr_checksum_type(checksum.type), checksum.value))
    }
    return lr_downloadtarget_new(
      // an open file rather than a name, which librepo would delete when the transfer breaks off
      handle, transfer.url, nil, file.rawValue, nil, checksums,
      // a size that differs shows as a wrong checksum, with both named
      0, 1,
      { watch, total, received in
        // because librepo hands back the pointer given below, and its owner lives until the transfer is over
        let watch = Unmanaged<Watch>.fromOpaque(watch!).takeUnretainedValue()
        return Int32(watch.see(received: Int64(received), total: Int64(total)).rawValue)
      }, Unmanaged.passUnretained(watch).toOpaque(), nil, nil, nil, 0, 0, nil, 0, 0)
  }

  private static func outcome(
    _ transfer: Transfer, _ target: LrDownloadTarget, before: Int64, _ isCancelled: CancellationFlag
  ) -> TransferOutcome {
    let text = target.err.map { String(cString: $0) } ?? "no reason given"
    switch target.rcode {
    case LRE_OK: return .complete
    case _ where isCancelled.isSet: return .cancelled
    case LRE_CBINTERRUPTED: return .cancelled
    case LRE_BADCHECKSUM: return .wrongChecksum(actual: actual(transfer))
    // libcurl tells of a failed write as of a broken connection
    case _ where Fetching.free(at: transfer.partial).map { $0 < 1 << 16 } ?? false:
      return .diskFull(
        transfer.partial.removingLastComponent(), available: Fetching.free(at: transfer.partial) ?? 0)
    case LRE_IO, LRE_FILE: return .unwritable(.ioError)
    case LRE_BADSTATUS:
      let status = status(transfer)
      return switch status {
      case 404, 410: .notFound
      case 416: .cannotContinue
      // no answer any more, or a good one by now: both ask for another attempt
      case 0: .unreachable(reason: text)
      case 200..<300: before > 0 ? .cannotContinue : .unreachable(reason: text)
      default: .refused(status: status)
      }
    default:
      let hasGrown = Fetching.size(transfer.partial) > before
      if before > 0, !hasGrown, transfer.localPath == nil, 200..<300 ~= status(transfer) {
        return .cannotContinue
      }
      return .unreachable(reason: text)
    }
  }

  private static func status(_ transfer: Transfer) -> Int {
    let credentials = transfer.credentials
    return crepo_http_status(
      transfer.url, credentials.ca, credentials.certificate, credentials.key, credentials.isVerifying ? 1 : 0)
  }

  private static func actual(_ transfer: Transfer) -> String {
    transfer.checksum?.actual(of: transfer.partial) ?? "unknown"
  }
}

/// Set by the task that is cancelled, read by librepo's callbacks.
final class CancellationFlag: Sendable {
  private let flag = Atomic(false)
  func set() { flag.store(true, ordering: .relaxed) }
  var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// What one transfer's callback knows.
private final class Watch {
  private let name: String
  private let isCancelled: CancellationFlag
  private let report: ActivityReport
  private var told: Int64 = -1

  init(_ name: String, _ isCancelled: CancellationFlag, _ report: @escaping ActivityReport) {
    self.name = name
    self.isCancelled = isCancelled
    self.report = report
  }

  func see(received: Int64, total: Int64) -> LrCbReturnCode {
    if isCancelled.isSet { return LR_CB_ERROR }
    // libcurl calls many times a second whether bytes came or not
    if received > 0, received - told >= 1 << 16 || received == total, received != told {
      told = received
      report(.downloading(name, received: received, total: total))
    }
    return LR_CB_OK
  }
}
