//! Certificates for TLS tests with real servers, created by openssl.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Creates an authority (`ca`), a server certificate for `localhost` (`server`), a client certificate of the role `certified`
/// (`client`), and an authority that signed nothing (`other`), as `.crt` and `.key` files.
pub fn make(folder: &Path) {
    let run = |arguments: &str| {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for authority in ["ca", "other"] {
        run(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.crt"
        ));
    }
    for (name, subject) in [("server", "localhost"), ("client", "certified")] {
        run(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"
        ));
        fs::write(
            folder.join("extensions"),
            format!("subjectAltName=DNS:{subject}\n"),
        )
        .unwrap();
        run(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out {name}.crt"
        ));
    }
}
