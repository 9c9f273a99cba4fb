import AzureLinux
import Packages
import Pipeline
import Solver

/// Which package would bring what a build lacked, and what that means for the spec.
struct Advice {
  struct Finding: Hashable {
    var package: String
    var source: String
    /// Nil where it was found by what the package provides.
    var path: String?
    var isInRoot: Bool
  }

  let spec: SpecInfo
  /// Of the spec.
  let text: String

  /// Nil: nothing to say that is sure.
  func about(_ thing: BuildHint.Missing, found: [Finding]) -> String? {
    let name = thing.text
    if let inside = found.first(where: \.isInRoot) {
      guard case .header = thing, let path = inside.path else { return nil }
      return
        "\(name) is in the build root as \(path) (\(inside.package)), which is no folder that is searched"
    }
    guard let first = found.first else { return nil }
    let packages = found.map(\.package).reduce(into: [String]()) { list, name in
      if !list.contains(name) { list.append(name) }
    }
    let shown = packages.prefix(3).joined(separator: ", ") + (packages.count > 3 ? " …" : "")
    let place = "\(name) is in \(shown)"
    if let (required, line) = requirement(of: first) {
      return "\(place); \(spec.id).spec:\(line) requires \(required)"
    }
    return packages.count == 1
      ? "\(place); \(spec.id).spec does not require it" : "\(place); \(spec.id).spec requires none of them"
  }

  /// The line that asks for another package of the same source: mostly the right one was meant.
  private func requirement(of finding: Finding) -> (name: String, line: Int)? {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.lowercased().hasPrefix("buildrequires:") else { continue }
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "," || $0 == ":" }
      for word in words.dropFirst() where word == finding.source || word + "-devel" == finding.package {
        return (String(word), index + 1)
      }
    }
    return nil
  }
}

extension LivePackages {
  /// - Parameter root: names of the packages that the build had.
  func whoBrings(_ thing: BuildHint.Missing, root: Set<String>) async -> [Advice.Finding] {
    guard let universe = try? await universe() else { return [] }
    var packages: [(RepositoryPackage, String?)] = []
    if let dependency = thing.dependency {
      packages += await universe.provider(of: dependency).map { ($0, nil) }
    }
    for name in packages.isEmpty ? thing.fileNames : [] {
      packages += await universe.files(named: name).filter { thing.accepts($0.path) }.map {
        ($0.package, $0.path)
      }
    }
    var seen: Set<String> = []
    return packages.map { package, path in
      Advice.Finding(
        package: package.nevra.name, source: package.sourceName, path: path,
        isInRoot: root.contains(package.nevra.name))
    }.filter { seen.insert($0.package).inserted }
  }
}

extension BuildHint.Missing {
  var dependency: Dependency? {
    let name: String? =
      switch self {
      case .pkgconfig(let name): "pkgconfig(\(name))"
      case .cmake(let name): "cmake(\(name))"
      case .perl(let name): "perl(\(name))"
      case .python(let name): "python3dist(\(name.split(separator: ".").first ?? ""))"
      case .header, .command, .library: nil
      }
    return name.map { Dependency(text: $0, name: $0) }
  }

  /// Last parts of the paths that it may have.
  var fileNames: [String] {
    switch self {
    case .header(let name), .command(let name): [name.split(separator: "/").last.map(String.init) ?? name]
    case .library(let name): ["lib\(name).so", "lib\(name).a"]
    case .pkgconfig(let name): ["\(name).pc"]
    case .cmake(let name): ["\(name)Config.cmake", "\(name.lowercased())-config.cmake"]
    case .perl(let name): [(name.split(separator: ":").last.map(String.init) ?? name) + ".pm"]
    case .python(let name):
      ["__init__.py", (name.split(separator: ".").last.map(String.init) ?? name) + ".py"]
    }
  }

  func accepts(_ path: String) -> Bool {
    switch self {
    case .header(let name): path.hasPrefix("/usr/include/") && path.hasSuffix("/" + name)
    case .command: ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].contains { path == $0 + fileNames[0] }
    case .library: path.hasPrefix("/usr/lib/") || path.hasPrefix("/usr/lib64/") || path.hasPrefix("/lib")
    case .pkgconfig: path.contains("/pkgconfig/")
    case .cmake: path.contains("/cmake/")
    case .perl(let name): path.hasSuffix("/" + name.replacing("::", with: "/") + ".pm")
    case .python(let name):
      ["/__init__.py", ".py"].contains {
        path.hasSuffix("-packages/" + name.replacing(".", with: "/") + $0)
      }
    }
  }
}
