import AzureLinux
import Sandbox
import SystemPackage

/// What rpmbuild is given to make one converted package. Pure text.
enum SeedSpec {
  /// Every build of the mirror happens at this moment: 2026-04-01 00:00 UTC.
  static let epoch = 1_775_001_600

  static func text(_ package: SeedPackage, provides: [String], root: FilePath, fileList: FilePath) -> String {
    var lines = [
      "Summary: \(escaped(package.packages.first?.summary ?? package.name))",
      "Name: \(package.name)", "Version: \(package.version)", "Release: \(SeedPackage.release)",
      "License: Debian", "Vendor: demo mirror", "Group: Seed", "AutoReqProv: yes",
    ]
    lines += (package.mapped.provides + provides).map { "Provides: \($0)" }
    lines += package.requires.map { "Requires: \($0)" }
    let isPlain = package.mapped.post.count == 1 && !package.mapped.post[0].contains(" ")
    if !package.mapped.post.isEmpty, !isPlain { lines.append("Requires(post): bash") }
    let debs = package.packages.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    lines += [
      "%description", "Converted from Debian's \(escaped(debs)).",
      "%install", "cp -al \(root)/. %{buildroot}/", "%files -f \(fileList)", "%defattr(-,root,root,-)",
    ]
    if isPlain {
      lines.append("%post -p \(package.mapped.post[0])")
    } else if !package.mapped.post.isEmpty {
      lines += ["%post"] + package.mapped.post
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func escaped(_ text: String) -> String { text.replacing("%", with: "%%") }

  /// rpmbuild's generators find what ELF files, pkg-config files and scripts provide and need; those of
  /// interpreters that Debian packages otherwise are off.
  static func build(spec: FilePath, topdir: FilePath, output: FilePath) -> Command {
    let junk = "^(/usr/local/.*|/(usr/)?bin/(dash|zsh|ksh|csh|tcsh|fish|pypy.*)|/lib/runit/.*|libatm[.]so.*)$"
    let defines = [
      "_topdir \(topdir)", "_rpmdir \(output)",
      "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
      "_target_cpu x86_64", "__os_install_post %{nil}", "debug_package %{nil}", "_build_id_links none",
      "_binary_payload w3.zstdio", "_binary_filedigest_algorithm 8", "__perl_requires %{nil}",
      "__perllib_requires %{nil}", "__python_requires %{nil}", "__pythondist_requires %{nil}",
      "__pythondist_provides %{nil}", "__pkgconfig_requires %{nil}",
      "__pkgconfig_path ^/usr/(lib|share)(/x86_64-linux-gnu)?/pkgconfig/.*[.]pc$",
      "__requires_exclude \(junk)",
      "clamp_mtime_to_source_date_epoch 1", "use_source_date_epoch_as_buildtime 1", "_buildhost seed",
    ]
    return Command(
      ["rpmbuild", "-bb", "--quiet", "--nodeps", "--target", "x86_64"]
        + defines.flatMap { ["--define", $0] } + [spec.string],
      environment: ["SOURCE_DATE_EPOCH": String(epoch), "LC_ALL": "C"])
  }
}
