import AzureLinux
import CRepo
import Foundation

/// The servers that a mirror list or a metalink names, read by librepo.
struct MirrorList: Sendable {
  var servers: [String]
  /// Of `repomd.xml`; only a metalink knows it.
  var checksum: Transfer.Checksum?
}

extension Downloader {
  /// Throws `RepositoryError`. Blocks, which this actor's thread is for.
  func mirrors(_ access: RepositoryAccess) throws -> MirrorList {
    let url = access.mirrorList ?? ""
    let handle = Downloader.handle(access.credentials)
    defer { lr_handle_free(handle) }
    crepo_set_number(handle, LRO_REPOTYPE, Int(LR_YUMREPO.rawValue))
    crepo_set_number(handle, LRO_FETCHMIRRORS, 1)
    crepo_set_text(
      handle, access.settings.metalink != nil ? LRO_METALINKURL : LRO_MIRRORLISTURL, URLText.encoded(url))
    let result = lr_result_init()
    defer { lr_result_free(result) }
    var error: UnsafeMutablePointer<GError>?
    defer { g_clear_error(&error) }
    guard crepo_perform(handle, result, &error) != 0 else {
      let reason = error?.pointee.message.map { String(cString: $0) } ?? "no reason given"
      throw RepositoryError.unreachable(repository: access.id, url: url, reason: reason)
    }
    var list = MirrorList(servers: Downloader.servers(handle))
    if access.settings.metalink != nil { list.checksum = Downloader.checksum(handle) }
    guard !list.servers.isEmpty else {
      throw RepositoryError.badMetadata(repository: access.id, url: url, reason: "the list names no server")
    }
    return list
  }

  private static func servers(_ handle: OpaquePointer) -> [String] {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    guard crepo_mirrors(handle, &list) != 0, let list else { return [] }
    defer { g_strfreev(list) }
    var servers: [String] = []
    var next = list
    while let url = next.pointee {
      servers.append(String(cString: url))
      next += 1
    }
    // rsync and the like are for mirrors among themselves
    return servers.filter { url in ["http://", "https://", "file://"].contains { url.hasPrefix($0) } }
  }

  private static func checksum(_ handle: OpaquePointer) -> Transfer.Checksum? {
    var metalink: UnsafeMutablePointer<LrMetalink>?
    guard crepo_metalink(handle, &metalink) != 0, let metalink else { return nil }
    var next = metalink.pointee.hashes
    while let item = next {
      if let hash = item.pointee.data?.assumingMemoryBound(to: LrMetalinkHash.self).pointee,
        let type = hash.type.map({ String(cString: $0) }), let value = hash.value, type == "sha256"
      {
        return Transfer.Checksum(type: type, value: String(cString: value))
      }
      next = item.pointee.next
    }
    return nil
  }
}

/// How a server names the state of a file, without sending it.
struct RemoteState: Sendable {
  /// 0: no answer. 304: as it was.
  var status: Int
  var etag: String
  var modified: String
}

extension Downloader {
  /// - Parameter known: what the server said of the state that is here.
  func state(of url: String, _ credentials: Credentials, known: RefreshRecord?) -> RemoteState {
    var state = crepo_state(
      url, credentials.ca, credentials.certificate, credentials.key, credentials.isVerifying ? 1 : 0,
      known?.etag, known?.modified)
    return RemoteState(
      status: state.status, etag: Downloader.text(&state.etag), modified: Downloader.text(&state.modified))
  }

  /// A C array of characters, which Swift sees as a tuple.
  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
