import AzureLinux
import Foundation
import Sandbox

/// The programs that azl-dev runs, the Debian package that brings each, and the verbs that need it.
enum ToolChecks {
  static let tools: [(program: String, package: String, neededBy: String)] = [
    ("rpm", "rpm", "try image"), ("rpmbuild", "rpm", "try"), ("bwrap", "bubblewrap", "specs try image"),
    ("bash", "bash", "specs try image"),
    ("mount", "mount", "try"), ("setpriv", "util-linux", "try image boot"),
    ("unshare", "util-linux", "try image"), ("openssl", "openssl", "image"), ("sfdisk", "fdisk", "image"),
    ("mke2fs", "e2fsprogs", "image"), ("mkfs.vfat", "dosfstools", "image"), ("mcopy", "mtools", "image"),
    ("createrepo_c", "createrepo-c", "repo sync of what was built here"),
    ("busybox", "busybox-static", "boot --hot"), ("cpio", "cpio", "boot --hot"),
    ("cryptsetup", "cryptsetup-bin", "image"), ("veritysetup", "cryptsetup-bin", "image"),
    ("matchpathcon", "selinux-utils", "image"), ("xorriso", "xorriso", "image iso"),
    ("zstd", "zstd", "image iso"),
    ("qemu-img", "qemu-utils", "image boot"), ("qemu-system-x86_64", "qemu-system-x86", "boot"),
  ]
  static let firmware = "/usr/share/OVMF/OVMF_CODE_4M.fd"

  static func run() -> [Diagnosis] {
    let missing = tools.filter { Command.find($0.program) == nil }
    var lines = missing.map {
      Diagnosis.missing(
        $0.program, "not found", fix: "apt-get install \($0.package)", neededBy: $0.neededBy)
    }
    if missing.count < tools.count {
      let found = tools.filter { tool in !missing.contains { $0.program == tool.program } }.map(\.program)
      lines.append(.good("programs", found.joined(separator: " ")))
    }
    lines.append(libraries())
    lines.append(
      FileManager.default.fileExists(atPath: firmware)
        ? .good("UEFI firmware", "OVMF")
        : .missing("UEFI firmware", "\(firmware) not found", fix: "apt-get install ovmf", neededBy: "boot"))
    return lines
  }

  /// The field's libraries as the loader found them; without them this program would not have started.
  static func libraries() -> Diagnosis {
    let wanted = ["librpm.", "libsolv.", "librepo.", "libgit2.", "libcrypto.", "libsqlite3."]
    // by handle: what Foundation reads by path ends after a page of such a file
    let maps = FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data()
    let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
    let loaded = Set(lines.compactMap { $0.split(separator: "/").last.map(String.init) })
    let found = wanted.compactMap { name in loaded.filter { $0.hasPrefix(name) }.min() }
    return .good("libraries", found.joined(separator: " "))
  }
}
