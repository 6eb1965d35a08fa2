import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Plays mongod where there is none: takes --port, --bind_ip and --dbpath as it does (the last is ignored: all is in
 * memory), and --tlsCertificateKeyFile with a key (PKCS #8) and a certificate in PEM. For tests and the local run only.
 */
public final class MongoStandIn {
    /** Old enough for what it can do, new enough for today's drivers, which refuse a wire version below 8. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public String toVersionString() {
            return "5.0.0";
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    };

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = parse(arguments);
        MemoryBackend backend = new MemoryBackend();
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        if (options.containsKey("tlsCertificateKeyFile")) {
            String pem = Files.readString(Path.of(options.get("tlsCertificateKeyFile")));
            server.enableSsl(key(pem), null, certificate(pem));
        }
        server.bind(new InetSocketAddress(
            options.getOrDefault("bind_ip", "127.0.0.1"), Integer.parseInt(options.getOrDefault("port", "27017"))));
        System.out.println("{\"msg\":\"Waiting for connections\",\"standIn\":\"mongo-java-server\"}");
    }

    private static Map<String, String> parse(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int at = 0; at < arguments.length; at++) {
            String name = arguments[at].replaceFirst("^--", "");
            int equals = name.indexOf('=');
            if (equals >= 0) {
                options.put(name.substring(0, equals), name.substring(equals + 1));
            } else if (at + 1 < arguments.length && !arguments[at + 1].startsWith("--")) {
                options.put(name, arguments[++at]);
            } else {
                options.put(name, "");
            }
        }
        return options;
    }

    private static PrivateKey key(String pem) throws Exception {
        String body = between(pem, "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(encoded);
        } catch (java.security.spec.InvalidKeySpecException notRsa) {
            return KeyFactory.getInstance("EC").generatePrivate(encoded);
        }
    }

    private static X509Certificate certificate(String pem) throws Exception {
        String start = "-----BEGIN CERTIFICATE-----";
        String end = "-----END CERTIFICATE-----";
        String text = start + between(pem, start, end) + end;
        return (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start);
        int to = text.indexOf(end, from);
        if (from < 0 || to < 0) throw new IllegalArgumentException("no " + start + " in the file");
        return text.substring(from + start.length(), to);
    }
}
