import AzureLinux
import CRPM
import SystemPackage

/// Digest of what another build can reasonably observe of an RPM: its names and dependencies, its scriptlets, which
/// files it has, and what is in them, where a shared library counts as what can be linked against and nothing more.
/// Read off the built RPM, never off a spec.
///
/// It knows what a library offers, not what it does: a build that runs a program which loads a library whose behaviour
/// changed may give another result, and this digest does not see it.
package enum InterfaceDigest {
  /// Left out besides what the normalised digest leaves out.
  static let ignored: [rpmTag_e: String] = NormalisedDigest.ignored.merging([
    RPMTAG_SUMMARY: "told to people", RPMTAG_DESCRIPTION: "told to people", RPMTAG_GROUP: "told to people",
    RPMTAG_URL: "told to people", RPMTAG_BUGURL: "told to people", RPMTAG_LICENSE: "told to people",
    RPMTAG_VENDOR: "told to people", RPMTAG_PACKAGER: "told to people",
    RPMTAG_DISTRIBUTION: "told to people", RPMTAG_DISTURL: "told to people", RPMTAG_VCS: "told to people",
    RPMTAG_HEADERI18NTABLE: "languages of what is told to people",
    RPMTAG_OPTFLAGS: "how it was compiled; what came of it is counted",
    RPMTAG_RPMVERSION: "how it was packed", RPMTAG_PAYLOADFORMAT: "how it was packed",
    RPMTAG_PAYLOADCOMPRESSOR: "how it was packed", RPMTAG_PAYLOADFLAGS: "how it was packed",
    RPMTAG_PAYLOADDIGESTALGO: "how it was packed",
    RPMTAG_SIZE: "sum of the files", RPMTAG_LONGSIZE: "sum of the files",
    // one entry for each file, and each file is counted below
    RPMTAG_BASENAMES: "by file", RPMTAG_DIRNAMES: "by file", RPMTAG_DIRINDEXES: "by file",
    RPMTAG_FILESIZES: "by file", RPMTAG_LONGFILESIZES: "by file", RPMTAG_FILEMODES: "by file",
    RPMTAG_FILERDEVS: "by file", RPMTAG_FILEDIGESTS: "by file", RPMTAG_FILELINKTOS: "by file",
    RPMTAG_FILEFLAGS: "by file", RPMTAG_FILEUSERNAME: "by file", RPMTAG_FILEGROUPNAME: "by file",
    RPMTAG_FILECAPS: "by file", RPMTAG_FILELANGS: "by file",
    RPMTAG_FILEVERIFYFLAGS: "of interest to rpm --verify only",
    RPMTAG_FILEDEVICES: "numbers that rpm gives", RPMTAG_FILEINODES: "numbers that rpm gives",
    // what rpm's generators found out about each file; what came of it is among the dependencies
    RPMTAG_FILECOLORS: "read off the content", RPMTAG_FILECLASS: "read off the content",
    RPMTAG_CLASSDICT: "read off the content, build ids included",
    RPMTAG_FILEDEPENDSX: "among the dependencies", RPMTAG_FILEDEPENDSN: "among the dependencies",
    RPMTAG_DEPENDSDICT: "among the dependencies",
  ]) { first, _ in first }

  package static func of(rpm: FilePath) throws(RPMError) -> Digest {
    try Librpm.exclusively { () throws(RPMError) -> Digest in
      let header = try Header(reading: rpm)
      let files = header.files.filter { !isForPeople($0) }
      let candidates = Set(files.filter(mayBeLibrary).map(\.path))
      let libraries = candidates.isEmpty ? [:] : try Payload.libraries(in: rpm, among: candidates)
      let hash = HeaderHash()
      hash.add(header, without: ignored)
      for file in files.sorted(by: { $0.path < $1.path }) {
        hash.add(describe(file))
        // more than one digest of two files can say: the parts of a library one by one
        for fact in libraries[file.path] ?? [content(of: file)] { hash.add(fact) }
      }
      return hash.finish()
    }
  }

  private static func describe(_ file: RPMHeader.File) -> String {
    [
      file.path, String(file.mode, radix: 8), file.owner, file.group, String(file.flags), file.linkTarget,
      String(file.device), file.capabilities, file.language,
    ].joined(separator: "\0")
  }

  /// A library that is not represented by what it offers, and everything else, counts byte by byte: headers, scripts,
  /// macros, `.pc` files, programs, which a build may run, static libraries and objects, which it may link.
  private static func content(of file: RPMHeader.File) -> String {
    file.isRegular ? file.digest?.hex ?? "unknown" : "none"
  }

  /// Documents in the folders that only people look into, and links to debug files by build id, which is another one
  /// after each change of code. A document elsewhere, as those that other documents are generated with, counts.
  private static func isForPeople(_ file: RPMHeader.File) -> Bool {
    if file.path == "/usr/lib/.build-id" || file.path.hasPrefix("/usr/lib/.build-id/") { return true }
    let isDocument = file.flags & (RPMFILE_DOC.rawValue | RPMFILE_LICENSE.rawValue) != 0
    return isDocument && documents.contains { file.path.hasPrefix($0) }
  }
  private static let documents = [
    "/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/licenses/",
  ]

  /// Only libraries that the linker finds by itself are there to be linked against. What lies elsewhere is loaded by
  /// name into programs, as plugins of compilers and modules of interpreters are, and so runs in builds.
  private static func mayBeLibrary(_ file: RPMHeader.File) -> Bool {
    let folder = FilePath(file.path).removingLastComponent().string
    return file.isRegular && linked.contains(folder) && file.path.contains(".so")
  }
  private static let linked: Set<String> = ["/usr/lib", "/usr/lib64", "/lib", "/lib64"]
}
