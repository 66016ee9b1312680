package com.xinbida.wukongim.manager;

public class ConnectionManager {
    public native void connection();
    public native void disconnect(boolean isLogout);
}
