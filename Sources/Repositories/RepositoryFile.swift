import AzureLinux
import CRepo
import Foundation
import SystemPackage

/// A `.repo` file as dnf and tdnf read it, by librepo's own parser.
package enum RepositoryFile {
  /// Its sections in order.
  ///
  /// - Parameter shown: how people know the file.
  package static func read(_ path: FilePath, shown: String) throws(RepositoryError) -> [RepositorySettings] {
    guard access(path.string, R_OK) == 0 else {
      throw .repoFile(path: shown, reason: String(cString: strerror(errno)).lowercased())
    }
    let sections = lr_yum_repoconfs_init()
    defer { lr_yum_repoconfs_free(sections) }
    var error: UnsafeMutablePointer<GError>?
    defer { g_clear_error(&error) }
    guard lr_yum_repoconfs_parse(sections, path.string, &error) != 0 else {
      let reason = error?.pointee.message.map { String(cString: $0) } ?? "it does not parse"
      throw .repoFile(path: shown, reason: reason)
    }
    var found: [RepositorySettings] = []
    var next = lr_yum_repoconfs_get_list(sections, nil)
    while let item = next {
      // because the list owns its sections until it is freed
      found.append(try settings(Section(OpaquePointer(item.pointee.data)), path, shown))
      next = item.pointee.next
    }
    guard !found.isEmpty else { throw .repoFile(path: shown, reason: "it has no section") }
    return found
  }

  private static func settings(
    _ section: Section, _ path: FilePath, _ shown: String
  ) throws(RepositoryError) -> RepositorySettings {
    let id = section.text(LR_YRC_ID) ?? ""
    let refused: [(String, Bool)] = [
      ("proxy", section.text(LR_YRC_PROXY) != nil), ("username", section.text(LR_YRC_USERNAME) != nil),
      ("password", section.text(LR_YRC_PASSWORD) != nil),
      ("exclude", !section.list(LR_YRC_EXCLUDE).isEmpty),
      ("includepkgs", !section.list(LR_YRC_INCLUDE).isEmpty),
    ]
    if let key = refused.first(where: { $0.1 })?.0 {
      throw .repoFile(path: shown, reason: "[\(id)] has \"\(key)\", which azl-dev does not follow")
    }
    let urls = section.list(LR_YRC_BASEURL)
    let kind = kind(id, urls)
    var settings = RepositorySettings(
      id: id, url: urls.first ?? "", kind: kind,
      priority: section.number(LR_YRC_PRIORITY) ?? (kind == .toolchain ? 1 : 99),
      enabled: section.flag(LR_YRC_ENABLED) ?? true,
      // as tdnf: what a file does not ask for is not checked
      gpgcheck: section.flag(LR_YRC_GPGCHECK) ?? false,
      repoGpgcheck: section.flag(LR_YRC_REPO_GPGCHECK) ?? false,
      keys: section.list(LR_YRC_GPGKEY).map { key($0, beside: path) }, ca: section.text(LR_YRC_SSLCACERT),
      cert: section.text(LR_YRC_SSLCLIENTCERT), key: section.text(LR_YRC_SSLCLIENTKEY))
    settings.mirrors = Array(urls.dropFirst())
    settings.mirrorlist = section.text(LR_YRC_MIRRORLIST)
    settings.metalink = section.text(LR_YRC_METALINK)
    settings.skipIfUnavailable = section.flag(LR_YRC_SKIP_IF_UNAVAILABLE) ?? false
    settings.sslverify = section.flag(LR_YRC_SSLVERIFY) ?? true
    guard !urls.isEmpty || settings.mirrorlist != nil || settings.metalink != nil else {
      throw .repoFile(path: shown, reason: "[\(id)] has no baseurl, mirrorlist or metalink")
    }
    return settings
  }

  /// Such files say it by names alone.
  static func kind(_ id: String, _ urls: [String]) -> RepositorySettings.Kind {
    if id == "toolchain-repo" { return .toolchain }
    let words = ([id] + urls).map { $0.lowercased() }
    if words.contains(where: { $0.contains("debuginfo") }) { return .debuginfo }
    let isSource = words.contains { word in
      word.split { "-/_".contains($0) }.contains { ["source", "sources", "srpm", "srpms"].contains($0) }
    }
    return isSource ? .source : .base
  }

  /// Where the file is installed its keys lie in `/etc/pki/rpm-gpg`; in a tree they lie beside it.
  private static func key(_ text: String, beside path: FilePath) -> String {
    guard text.hasPrefix("file://") else { return text }
    let installed = FilePath(String(text.dropFirst("file://".count)))
    let beside = path.removingLastComponent().appending(installed.lastComponent?.string ?? "")
    return FileManager.default.fileExists(atPath: beside.string) ? beside.string : installed.string
  }
}

/// A section's options; nil or empty where it does not say.
private struct Section {
  let pointer: OpaquePointer
  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  func text(_ option: LrYumRepoConfOption) -> String? {
    var value: UnsafeMutablePointer<CChar>?
    guard crepo_conf_text(pointer, option, &value) != 0, let value else { return nil }
    defer { g_free(value) }
    return String(cString: value)
  }

  func list(_ option: LrYumRepoConfOption) -> [String] {
    var value: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    guard crepo_conf_list(pointer, option, &value) != 0, let value else { return [] }
    defer { g_strfreev(value) }
    var texts: [String] = []
    var next = value
    while let text = next.pointee {
      texts.append(String(cString: text))
      next += 1
    }
    return texts
  }

  func flag(_ option: LrYumRepoConfOption) -> Bool? {
    var value = 0
    return crepo_conf_flag(pointer, option, &value) != 0 ? value != 0 : nil
  }

  func number(_ option: LrYumRepoConfOption) -> Int? {
    var value: gint = 0
    return crepo_conf_number(pointer, option, &value) != 0 ? Int(value) : nil
  }
}
