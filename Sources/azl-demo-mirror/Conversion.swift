import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// Makes one RPM out of Debian packages: their files under a merged /usr, dependencies found by rpmbuild's own
/// generators and taken over from Debian's between packages of the mirror.
struct Conversion: Sendable {
  let package: MappedPackage
  let debs: [PrivateApt.Deb]
  /// Names of other RPMs of the mirror.
  let requires: [String]
  let overlay: FilePath
  let work: FilePath

  /// Bumped when the conversion itself changes.
  static let form = 3
  static let epoch = "1700000000"

  static let extraProvides: [String: [String]] = [
    "glibc": ["rtld(GNU_HASH)"], "pkgconf": ["pkgconfig", "pkg-config"],
    "rpm": ["rpm-build = %{version}", "rpm-build", "rpm-devel-macros"],
    "perl": ["perl-interpreter", "perl-libs", "perl-macros", "perl-generators", "perl(:VERSION) = 5.36.0"],
    "python3": ["python(abi) = 3.11"],
  ]
  static let scriptlets: [String: String] = [
    "glibc": "%post -p /sbin/ldconfig\n",
    "kernel": "%post\n/sbin/depmod -a $(ls /usr/lib/modules | tail -n 1) || :\n",
  ]

  /// Digest of all that decides what comes out.
  func key() throws -> Digest {
    var facts = ["\(Self.form)", package.name, package.links.map { "\($0.link)=\($0.target)" }.joined(separator: " ")]
    facts += debs.map { "\($0.name)=\($0.version)" } + requires
    facts += Self.extraProvides[package.name] ?? []
    facts.append(Self.scriptlets[package.name] ?? "")
    facts.append(try Recipe.digest(ofFolder: overlay).hex)
    return Digest.of(facts.joined(separator: "\n"))
  }

  /// The finished RPM's path.
  func make() async throws -> FilePath {
    let root = work.appending("root")
    try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
    for deb in debs { try await Command(["dpkg-deb", "-x", deb.file.string, root.string]).check() }
    let provides = try await arrange(root)
    let files = work.appending("files")
    try (["%defattr(-,root,root)"] + fileList(root)).joined(separator: "\n").appending("\n")
      .write(toFile: files.string, atomically: true, encoding: .utf8)
    let spec = work.appending("\(package.name).spec")
    try text(root: root, files: files, provides: provides)
      .write(toFile: spec.string, atomically: true, encoding: .utf8)
    let result = try await Command(
      ["nice", "rpmbuild", "-bb", "--quiet"] + Self.defines(work: work) + [spec.string],
      environment: ["SOURCE_DATE_EPOCH": Self.epoch, "HOME": work.string, "LC_ALL": "C"]
    ).run()
    let made = try? FileManager.default.contentsOfDirectory(atPath: work.appending("rpms").string)
      .first { $0.hasSuffix(".rpm") }
    guard result.isSuccess, let made else {
      throw MirrorError.conversion(
        package: package.name, lines: result.errorText.split(separator: "\n").suffix(8).map(String.init))
    }
    return work.appending("rpms").appending(made)
  }

  /// Merged /usr, the links that postinst would make, our overlay; returns what the old places provide.
  private func arrange(_ root: FilePath) async throws -> [String] {
    let script = """
      set -e; cd "$1"
      for top in bin sbin; do
        [ -d $top ] && [ ! -L $top ] || continue
        find $top -mindepth 1 ! -type d -printf '/%p\\n'
      done
      for top in bin sbin lib lib64 lib32 libx32 usr/lib64; do
        [ -d $top ] && [ ! -L $top ] || continue
        case $top in *lib*) to=usr/lib ;; *) to=usr/$top ;; esac
        mkdir -p $to; cp -a --remove-destination $top/. $to/; rm -rf $top
      done
      rm -rf run usr/share/doc usr/share/man usr/share/locale usr/share/lintian usr/share/bug usr/share/info \
        usr/share/menu usr/share/doc-base usr/share/binfmts etc/init.d etc/cron.daily \
        usr/share/bash-completion usr/share/zsh
      [ -d "$2" ] && cp -a "$2/." .
      chown -R 0:0 . 2>/dev/null || :
      exit 0
      """
    var provides = Set(
      try await Command(["bash", "-c", script, "arrange", root.string, overlay.string]).check().text
        .split(separator: "\n").map(String.init))
    for (link, target) in package.links {
      let path = FilePath(root.string + link)
      try FileManager.default.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
      if (try? FileManager.default.attributesOfItem(atPath: path.string)) == nil {
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target)
      }
      if link.hasPrefix("/usr/bin/") { provides.insert(String(link.dropFirst(4))) }
    }
    if package.name == "rpm" {
      // Debian's rpm looks for the vendor's macros under the name "debian"
      try FileManager.default.createSymbolicLink(
        atPath: root.appending("usr/lib/rpm/debian").string, withDestinationPath: "azl")
    }
    return provides.sorted()
  }

  /// Every file by name, and only those folders that would otherwise be lost.
  private func fileList(_ root: FilePath) throws -> [String] {
    var lines: [String] = []
    func walk(_ folder: FilePath, _ shown: String) throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
      if names.isEmpty, !shown.isEmpty { lines.append("%dir " + Self.quoted(shown)) }
      for name in names {
        let path = folder.appending(name)
        let kind = try FileManager.default.attributesOfItem(atPath: path.string)[.type] as? FileAttributeType
        if kind == .typeDirectory {
          try walk(path, "\(shown)/\(name)")
        } else {
          lines.append(Self.quoted("\(shown)/\(name)"))
        }
      }
    }
    try walk(root, "")
    return lines
  }

  /// rpm's file lists take patterns: a special character is matched by `?`.
  static func quoted(_ path: String) -> String {
    "\"" + String(path.map { "[]*?{}\\".contains($0) ? "?" : $0 }).replacing("%", with: "%%") + "\""
  }

  func text(root: FilePath, files: FilePath, provides: [String]) -> String {
    let version = debs.first.map { PackageMap.version($0.version) } ?? "0"
    var lines = [
      "Name: \(package.name)", "Version: \(version)", "Release: 0.seed", "Summary: \(package.name)",
      "License: see Debian's \(package.debs.first ?? package.name)", "Vendor: demo mirror", "BuildArch: x86_64",
    ]
    lines += (provides + (Self.extraProvides[package.name] ?? [])).map { "Provides: \($0)" }
    lines += (requires + (package.name == "filesystem" ? [] : ["filesystem"])).map { "Requires: \($0)" }
    lines += [
      "%description", package.debs.joined(separator: ", "), "%install",
      "mkdir -p %{buildroot}; cp -al \(root)/. %{buildroot}/", "%files -f \(files)",
      Self.scriptlets[package.name] ?? "", "",
    ]
    return lines.joined(separator: "\n")
  }

  static func defines(work: FilePath) -> [String] {
    [
      "_topdir \(work)/build", "_rpmdir \(work)/rpms",
      "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "__os_install_post %{nil}",
      "debug_package %{nil}", "_build_id_links none", "_binary_payload w1T0.zstdio", "__perl_requires %{nil}",
      "__perllib_requires %{nil}", "__pythondist_requires %{nil}", "__python_requires %{nil}",
      "__script_requires /usr/lib/rpm/script.req", "__pkgconfig_requires %{nil}",
      "__requires_exclude ^(/usr/local/.*|/(usr/)?bin/(dash|zsh|ksh|csh|tcsh|fish|pypy.*)|/lib/runit/.*"
        + "|/lib/init/.*|libatm[.]so.*)$",
      "__elf_requires %{_rpmconfigdir}/elfdeps --requires", "clamp_mtime_to_source_date_epoch 1",
      "use_source_date_epoch_as_buildtime 1", "_buildhost demo",
    ].flatMap { ["--define", $0] }
  }
}
